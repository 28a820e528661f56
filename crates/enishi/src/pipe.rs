//! Who reads only the first lines (`enishi qr decode … | head -1`) has read enough.

/// Ends the process without a word when standard output is gone. `println!` panics there; every
/// other panic is told as before.
pub fn end_quietly_when_nobody_reads() {
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let message = panic.payload().downcast_ref::<String>();
        if message.is_some_and(|text| text.starts_with("failed printing to stdout")) {
            // What a shell reports of a program that a closed pipe ended: 128 and SIGPIPE.
            std::process::exit(141);
        }
        told(panic);
    }));
}
