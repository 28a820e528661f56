//! A picture of codes: which of them is meant, and what a code is that is none of ours.

use axum::body::Bytes;
use pay::emvco::{self, EnishiCode};

use super::Desk;
use super::answer::{told, unfit};
use crate::problem;
use crate::web::view::Problem;

/// The beginnings of codes that people meet beside ours, in small letters, and what they are.
const OTHERS: &[(&str, &str)] = &[
    ("wxp://", "code_wechat_pay"),
    ("weixin://", "code_wechat_pay"),
    ("https://wx.tenpay.com/", "code_wechat_pay"),
    ("https://payapp.weixin.qq.com/", "code_wechat_pay"),
    ("https://u.wechat.com/", "code_wechat_pay"),
    ("https://qr.alipay.com/", "code_alipay"),
    ("https://mobilecodec.alipay.com/", "code_alipay"),
    ("alipays://", "code_alipay"),
    ("https://qr.paypay.ne.jp/", "code_paypay"),
    ("https://qr.95516.com/", "code_unionpay"),
    ("http://", "code_web_address"),
    ("https://", "code_web_address"),
];

impl Desk {
    /// The text of the code of ours in a picture; where there is none of ours, of the first.
    pub(crate) async fn code_in(&self, picture: Bytes) -> Result<String, &'static str> {
        let _room = self.pictures.acquire().await.map_err(|_| "cell_busy")?;
        let read = tokio::task::spawn_blocking(move || qr::decode(&picture)).await;
        one_of(read.map_err(|_| "internal")?.map_err(|error| error.code())?)
    }
}

fn one_of(mut texts: Vec<String>) -> Result<String, &'static str> {
    let mut ours = texts.iter().enumerate().filter(|(_, text)| is_ours(text));
    match (ours.next(), ours.next()) {
        (Some(_), Some(_)) => Err("qr_several"),
        (Some((at, _)), None) => Ok(texts.swap_remove(at)),
        (None, _) => texts.into_iter().next().ok_or("qr_not_found"),
    }
}

fn is_ours(text: &str) -> bool {
    emvco::decode(text).is_ok_and(|code| matches!(EnishiCode::find(&code), Ok(Some(_))))
}

/// Why a code is refused; one of another kind is called by its name.
pub(crate) fn refused(code: &str, problem: &problem::Problem) -> Problem {
    // Enough for the longest of the beginnings, and never within a character.
    let start: String = code.trim_start().chars().take(40).collect();
    let start = start.to_lowercase();
    let other = OTHERS.iter().find(|(beginning, _)| start.starts_with(beginning));
    other.map_or_else(|| told(problem), |(_, name)| unfit(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "00020101021226910010enishi.pay0102jp022301h2xcejqtf2nbrexx3vqjh032601h2xcejqtf\
2nbrexx3vqjhp4104101790000000520458125303392540432005802JP5920Sobadokoro Yamaboshi6005Tokyo6107104\
006162100706till 164180002JA0108そば処 山ぼうし63045324";

    #[test]
    fn of_several_codes_the_one_of_ours_is_meant_and_two_are_asked_about() {
        let texts = |all: &[&str]| all.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        assert_eq!(one_of(texts(&["https://a.example/", OURS])), Ok(OURS.to_owned()));
        assert_eq!(one_of(texts(&[OURS, OURS])), Err("qr_several"));
        assert_eq!(one_of(texts(&["a", "b"])), Ok("a".to_owned()));
        assert_eq!(one_of(vec![]), Err("qr_not_found"));
    }

    #[test]
    fn codes_of_others_are_called_by_their_names() {
        let plain = problem::Problem::new("not_a_payment_code", "…");
        for (code, name) in [
            ("wxp://f2f0abc", "code_wechat_pay"),
            ("HTTPS://QR.ALIPAY.COM/FKX0", "code_alipay"),
            (" https://qr.paypay.ne.jp/p2p01_x", "code_paypay"),
            ("https://example.com/", "code_web_address"),
            ("http店", "not_a_payment_code"),
            ("", "not_a_payment_code"),
        ] {
            assert_eq!(refused(code, &plain).code, name, "{code}");
        }
    }
}
