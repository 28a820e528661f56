//! The settings as the configuration file says them.

use std::path::PathBuf;
use std::sync::Arc;

use connector::Connector;
use kernel::Currency;
use serde::Deserialize;

use crate::wechat::{Contract, Platform, Region, Settings, Wallet};
use crate::{Making, Unmade};

/// The words of a `[[connector]]` of this kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    /// `global` or `mainland`.
    region: Where,
    currency: String,
    /// Left out, it is the region's own.
    base_url: Option<String>,
    appid: String,
    mchid: String,
    sub_mchid: Option<String>,
    sub_appid: Option<String>,
    merchant_category_code: Option<String>,
    serial: String,
    key_file: PathBuf,
    api_v3_key_file: PathBuf,
    public_key_id: Option<String>,
    public_key_file: Option<PathBuf>,
    /// Left out, they are used where there is no public key.
    certificates: Option<bool>,
    notify_url: String,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Where {
    Global,
    Mainland,
}

/// Makes it of the words of the configuration.
///
/// # Errors
/// [`Unmade`].
pub(crate) fn make(making: Making<'_>) -> Result<Arc<dyn Connector>, Unmade> {
    let name = making.name;
    let clock = Arc::clone(&making.clock);
    let settings = settings(making)?;
    let wallet = Wallet::new(settings, clock);
    let wallet = wallet.map_err(|why| Unmade(format!("connector '{name}': {why}")))?;
    Ok(Arc::new(wallet))
}

fn settings(making: Making<'_>) -> Result<Settings, Unmade> {
    let Making { name, table, folder, .. } = making;
    let wrong = |what: &str| Unmade(format!("connector '{name}': {what}"));
    let words: Words = table.try_into().map_err(|why| wrong(&why.to_string()))?;
    let region = match (words.region, words.merchant_category_code) {
        (Where::Global, Some(category)) => Region::Global { category },
        (Where::Global, None) => {
            return Err(wrong("cross-border payments need merchant_category_code"));
        }
        (Where::Mainland, None) => Region::Mainland,
        (Where::Mainland, Some(_)) => {
            return Err(wrong("merchant_category_code is for region = \"global\" alone"));
        }
    };
    let public_key = match (words.public_key_id, words.public_key_file) {
        (Some(id), Some(file)) => Some((id, folder.join(file))),
        (None, None) => None,
        _ => return Err(wrong("public_key_id and public_key_file belong together")),
    };
    let contract = match (words.sub_mchid, words.sub_appid) {
        (Some(sub_mchid), sub_appid) => Contract::Institution { sub_mchid, sub_appid },
        (None, None) => Contract::Merchant,
        (None, Some(_)) => return Err(wrong("sub_appid needs sub_mchid")),
    };
    let own = match words.region {
        Where::Global => "https://apihk.mch.weixin.qq.com",
        Where::Mainland => "https://api.mch.weixin.qq.com",
    };
    let currency: Currency = words.currency.parse().map_err(|_| wrong("no such currency"))?;
    Ok(Settings {
        name: name.to_owned(),
        region,
        currency,
        base_url: words.base_url.unwrap_or_else(|| own.to_owned()),
        appid: words.appid,
        mchid: words.mchid,
        contract,
        serial: words.serial,
        key_file: folder.join(words.key_file),
        api_v3_key_file: folder.join(words.api_v3_key_file),
        platform: Platform {
            certificates: words.certificates.unwrap_or(public_key.is_none()),
            public_key,
        },
        notify_url: words.notify_url,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use kernel::Timestamp;

    use super::*;

    const WORDS: &str = r#"
        region = "global"
        currency = "JPY"
        appid = "wx8888888888888888"
        mchid = "1900000109"
        merchant_category_code = "5812"
        serial = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
        key_file = "keys/merchant.key"
        api_v3_key_file = "/etc/v3.key"
        notify_url = "https://pay.example.org/connectors/wechat"
    "#;

    fn read(words: &str) -> Result<Settings, Unmade> {
        let table = words.parse().unwrap();
        let clock: crate::Clock = Arc::new(Timestamp::default);
        settings(Making { name: "wechat", table, folder: Path::new("/data"), clock })
    }

    #[test]
    fn the_words_are_read_with_what_may_be_left_out() {
        let settings = read(WORDS).unwrap();
        assert_eq!(settings.base_url, "https://apihk.mch.weixin.qq.com");
        assert_eq!(settings.key_file, Path::new("/data/keys/merchant.key"));
        assert_eq!(settings.api_v3_key_file, Path::new("/etc/v3.key"));
        assert_eq!(settings.platform, Platform { certificates: true, public_key: None });
        assert_eq!(settings.contract, Contract::Merchant);
        assert!(settings.check().is_ok());
    }

    #[test]
    fn words_that_do_not_fit_are_told() {
        for (more, told) in [
            ("colour = \"red\"", "colour"),
            ("public_key_id = \"PUB_KEY_ID_01\"", "belong together"),
            ("sub_appid = \"wx1\"", "sub_mchid"),
        ] {
            let said = read(&format!("{WORDS}\n{more}")).unwrap_err().to_string();
            assert!(said.contains(told), "{said}");
        }
        for (from, to, told) in [
            ("\"JPY\"", "\"YEN\"", "currency"),
            ("\"global\"", "\"mainland\"", "merchant_category_code"),
            ("merchant_category_code = \"5812\"", "", "merchant_category_code"),
        ] {
            let said = read(&WORDS.replace(from, to)).unwrap_err().to_string();
            assert!(said.contains(told), "{said}");
        }
    }
}
