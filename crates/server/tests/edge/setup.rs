//! A market is made step by step, and what was done is not done twice.

use crate::app::{App, soba};
use cell::{Handle, Outcome};
use economy::{Answer, Query};
use kernel::id::Wallet;
use kernel::{Actor, Currency, Ref, Role};
use server::auth::KeyText;
use server::cells::fresh;
use server::setup::{self, Founder, Shop};

async fn balance(cell: &Handle, wallet: Ref<Wallet>) -> u64 {
    let operator = Actor::of(0, Role::Operator);
    match cell.ask(Query::Wallet(operator, wallet)).await {
        Outcome::Answered { answer: Answer::Wallet(view), .. } => view.balance,
        _ => panic!("the wallet is not there"),
    }
}

#[tokio::test]
async fn an_interrupted_start_goes_on_where_it_stopped() {
    let app = App::start().await;
    let founder = Founder::resuming(&app.jp);
    let shop = Shop { tills: 2, ..soba() };
    let mut first = None;
    for _ in 0..2 {
        let party = founder.register_party("ken", fresh(), Role::Traveller).await.unwrap();
        let wallet = founder.open_wallet("ken", party, Currency::JPY, 700).await.unwrap();
        let opened = founder.open_shop("ken", party, &shop).await.unwrap();
        let key = KeyText::generate("jp");
        founder.issue_key("ken", &key, party, Role::Traveller).await.unwrap();
        assert_eq!(balance(&app.jp, wallet).await, 700, "paid in once");
        let made = (party, wallet, opened);
        assert_eq!(*first.get_or_insert(made), made);
    }
    // Who does not resume makes another.
    let party = first.unwrap().0;
    let other = Founder::new(&app.jp).open_wallet("jun", party, Currency::JPY, 5).await.unwrap();
    assert_ne!(other, first.unwrap().1);
}

#[tokio::test]
async fn what_is_there_is_left_and_what_is_refused_is_told() {
    let app = App::start().await;
    let founder = Founder::new(&app.cn);
    founder.open_books(&[Currency::CNY, Currency::USD]).await.unwrap();
    setup::link(&app.cn, &app.jp, Currency::JPY).await.unwrap();
    founder.publish_rates(market::rates::shipped().latest()).await.unwrap();
    let refused = founder.open_wallet("li", app.li_wei.party, Currency::EUR, 0).await;
    let told = refused.unwrap_err().to_string();
    assert_eq!(told, "cell cn, wallet li: this cell keeps no book in that currency");
}
