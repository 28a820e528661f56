//! The same with curl: the shop asks, the wallet's holder pays, as often as one likes.

use super::{SELLER, Stage};

impl Stage {
    /// Commands that work as they stand, with the demo's own keys.
    pub(super) fn curl_lines(&self) -> String {
        let (base, payer, seller) = (&self.curl.base, &self.curl.payer_key, &self.curl.seller_key);
        let currency = self.desk.shore(SELLER).currency;
        let (store, amount, wallet) = (self.till.store, self.usual, self.wallet);
        let json = "-H 'Content-Type: application/json'";
        let once = "-H \"Idempotency-Key: $RANDOM-$(date +%s)\"";
        format!(
            "shop='{seller}'\n\
             wallet='{payer}'\n\
             \n\
             code=$(curl -s {base}/v1/payments -H \"Authorization: Bearer $shop\" \\\n  \
             {once} {json} \\\n  \
             -d '{{\"store\":\"{store}\",\
             \"amount\":{{\"amount\":{amount},\"currency\":\"{currency}\"}}}}' \\\n  \
             | sed 's/.*\"code\":\"\\([^\"]*\\)\".*/\\1/')\n\
             \n\
             quote=$(curl -s {base}/v1/quotes -H \"Authorization: Bearer $wallet\" \\\n  \
             {once} {json} \\\n  \
             -d \"{{\\\"wallet\\\":\\\"{wallet}\\\",\\\"code\\\":\\\"$code\\\"}}\" \\\n  \
             | sed 's/.*\"id\":\"\\(quo_[0-9A-Z]*\\)\".*/\\1/')\n\
             \n\
             curl -s {base}/v1/quotes/$quote/confirm -H \"Authorization: Bearer $wallet\" \\\n  \
             {once} {json} -d '{{\"again\":true}}'\n"
        )
    }
}
