//! Renders every page in its states and three languages into a folder, to be looked at.
//!
//! `cargo run -p server --example render -- FOLDER`. The figures are invented.

use std::fs;
use std::path::Path;

use server::web;
use server::web::assets;
use server::web::text::Lang;
use server::{api, insight, payee, sign_up};

mod sample;

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "target/render".into());
    fs::create_dir_all(&folder)?;
    for lang in Lang::ALL {
        for (name, html) in sample::pages(lang) {
            let local = html.replace(&assets::url(""), "assets/");
            fs::write(Path::new(&folder).join(format!("{name}.{}.html", lang.tag())), local)?;
        }
    }
    println!("rendered into {folder}; put or link crates/server/assets beside the pages");
    Ok(())
}
