//! A browser, driven as a person would: real clicks, real keys, and eyes on what went wrong.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chromiumoxide::cdp::browser_protocol::dom::SetFileInputFilesParams;
use chromiumoxide::cdp::browser_protocol::emulation::{
    MediaFeature, SetDeviceMetricsOverrideParams,
};
use chromiumoxide::cdp::browser_protocol::input::InsertTextParams;
use chromiumoxide::cdp::browser_protocol::log::EventEntryAdded;
use chromiumoxide::cdp::browser_protocol::network::{self, EventRequestWillBeSent};
use chromiumoxide::cdp::browser_protocol::page::{
    CaptureScreenshotFormat, GetAppManifestParams, GetInstallabilityErrorsParams, Viewport,
};
use chromiumoxide::cdp::browser_protocol::performance;
use chromiumoxide::cdp::browser_protocol::target::SetAutoAttachParams;
use chromiumoxide::cdp::browser_protocol::web_authn::{
    self, AddVirtualAuthenticatorParams, AuthenticatorProtocol, AuthenticatorTransport,
    VirtualAuthenticatorOptions,
};
use chromiumoxide::cdp::js_protocol::heap_profiler::CollectGarbageParams;
use chromiumoxide::cdp::js_protocol::runtime::{EventConsoleApiCalled, EventExceptionThrown};
use chromiumoxide::page::ScreenshotParams;
use chromiumoxide::{Browser, BrowserConfig, Page};
use futures_util::StreamExt;
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// Where Debian puts it.
const CHROMIUM: &str = "/usr/bin/chromium";
/// How long something may take to appear.
const PATIENCE: Duration = Duration::from_secs(15);
/// What Chromium says where an expression meets no page.
const NO_CONTEXT: &str = "Cannot find context with specified id";

/// A browser of its own, without history.
pub struct Chromium {
    browser: Browser,
    driver: JoinHandle<()>,
    _profile: TempDir,
}

/// What a page did that it should not.
#[derive(Clone, Debug, Default)]
struct Seen {
    errors: Vec<String>,
    foreign: Vec<String>,
}

/// One tab.
pub struct Window {
    page: Page,
    origin: String,
    seen: Arc<Mutex<Seen>>,
    watchers: Vec<JoinHandle<()>>,
    clicks: u32,
}

impl Chromium {
    /// Starts it.
    ///
    /// # Panics
    /// When it does not start; `scripts/test` installs it.
    pub async fn launch() -> Self {
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let config = BrowserConfig::builder()
            .chrome_executable(CHROMIUM)
            .user_data_dir(profile.path())
            .no_sandbox()
            .viewport(None)
            .request_timeout(Duration::from_secs(60))
            .launch_timeout(Duration::from_secs(60))
            .args([
                "disable-gpu",
                "disable-quic",
                "no-first-run",
                "disable-background-networking",
                "disable-component-update",
                "disable-sync",
                // The same shapes on every machine.
                "hide-scrollbars",
                "force-color-profile=srgb",
            ])
            .build()
            .expect("a configuration of the browser");
        let (browser, mut handler) = Browser::launch(config).await.expect("chromium starts");
        // Its handler must be polled, or nothing moves; it ends with the connection.
        let driver = tokio::spawn(async move { while handler.next().await.is_some() {} });
        Self { browser, driver, _profile: profile }
    }

    /// Opens an address in a tab of its own.
    ///
    /// # Panics
    /// When it does not open.
    pub async fn open(&self, origin: &str, path: &str, width: u32) -> Window {
        let page = self.browser.new_page("about:blank").await.expect("a tab");
        // The driver halts each worker of a tab until it is told to run, and lets go of a service
        // worker before it has told it: one would never be installed.
        let alone = SetAutoAttachParams::new(false, false);
        page.execute(alone).await.expect("a tab runs its workers by itself");
        let seen = Arc::new(Mutex::new(Seen::default()));
        let watchers = watch(&page, origin, &seen).await;
        let origin = origin.to_owned();
        let mut window = Window { page, origin, seen, watchers, clicks: 0 };
        window.resize(width).await;
        window.goto(path).await;
        window
    }

    /// Ends it.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn close(mut self) {
        self.browser.close().await.expect("the browser closes");
        self.browser.wait().await.expect("the browser ends");
        self.driver.abort();
    }
}

/// Writes down errors of the console and requests to elsewhere.
async fn watch(page: &Page, origin: &str, seen: &Arc<Mutex<Seen>>) -> Vec<JoinHandle<()>> {
    const LISTENS: &str = "a tab tells its events";
    let mut watchers = Vec::new();
    let note = |seen: &Arc<Mutex<Seen>>| {
        let seen = Arc::clone(seen);
        move |text: String| seen.lock().unwrap_or_else(PoisonError::into_inner).errors.push(text)
    };
    let mut calls = page.event_listener::<EventConsoleApiCalled>().await.expect(LISTENS);
    let tell = note(seen);
    watchers.push(tokio::spawn(async move {
        while let Some(call) = calls.next().await {
            let kind = call.r#type.as_ref();
            if ["error", "warning", "assert"].contains(&kind) {
                tell(format!("{kind}: {:?}", call.args));
            }
        }
    }));
    let mut thrown = page.event_listener::<EventExceptionThrown>().await.expect(LISTENS);
    let tell = note(seen);
    watchers.push(tokio::spawn(async move {
        while let Some(event) = thrown.next().await {
            tell(format!("{:?}", event.exception_details));
        }
    }));
    page.enable_log().await.expect("a tab keeps a log");
    let mut entries = page.event_listener::<EventEntryAdded>().await.expect(LISTENS);
    let tell = note(seen);
    watchers.push(tokio::spawn(async move {
        while let Some(event) = entries.next().await {
            let entry = &event.entry;
            if ["error", "warning"].contains(&entry.level.as_ref()) {
                tell(format!("{} ({:?})", entry.text, entry.url));
            }
        }
    }));
    let mut requests = page.event_listener::<EventRequestWillBeSent>().await.expect(LISTENS);
    let (seen, origin) = (Arc::clone(seen), origin.to_owned());
    watchers.push(tokio::spawn(async move {
        while let Some(request) = requests.next().await {
            let url = &request.request.url;
            let inside = ["data:", "blob:", "about:", "chrome:"];
            let own = url.strip_prefix(&origin).is_some_and(|rest| rest.starts_with('/'));
            if !own && !inside.iter().any(|scheme| url.starts_with(scheme)) {
                seen.lock().unwrap_or_else(PoisonError::into_inner).foreign.push(url.clone());
            }
        }
    }));
    watchers
}

impl Window {
    /// Opens another page of the same server here.
    ///
    /// # Panics
    /// When it does not open.
    pub async fn goto(&mut self, path: &str) {
        let url = format!("{}{path}", self.origin);
        self.page.goto(url).await.expect("the page opens");
        self.wait("document.readyState === 'complete'").await;
    }

    /// The width of a screen in pixels of the page.
    ///
    /// # Panics
    /// When the tab is gone.
    pub async fn resize(&self, width: u32) {
        let (width, mobile) = (i64::from(width), width < 600);
        let height = if mobile { 844 } else { 900 };
        let metrics = SetDeviceMetricsOverrideParams::new(width, height, 1.0, mobile);
        self.page.execute(metrics).await.expect("a screen of that size");
    }

    /// Gives the tab an authenticator that knows its user and says yes: for passkeys.
    ///
    /// # Panics
    /// When the tab is gone.
    pub async fn passkeys(&self) {
        const GONE: &str = "a tab takes an authenticator";
        self.page.execute(web_authn::EnableParams::default()).await.expect(GONE);
        let (protocol, transport) =
            (AuthenticatorProtocol::Ctap2, AuthenticatorTransport::Internal);
        let options = VirtualAuthenticatorOptions::builder()
            .protocol(protocol)
            .transport(transport)
            .has_resident_key(true)
            .has_user_verification(true)
            .is_user_verified(true)
            .automatic_presence_simulation(true)
            .build()
            .expect("an authenticator");
        let add = AddVirtualAuthenticatorParams::new(options);
        self.page.execute(add).await.expect(GONE);
    }

    /// A cookie of the page, also one that its scripts can't read.
    ///
    /// # Panics
    /// When the tab is gone.
    pub async fn cookie(&self, name: &str) -> Option<String> {
        let cookies = self.page.get_cookies().await.expect("a tab has cookies or none");
        cookies.into_iter().find(|cookie| cookie.name == name).map(|cookie| cookie.value)
    }

    /// Takes the network away, or gives it back.
    ///
    /// # Panics
    /// When the tab is gone.
    #[allow(deprecated, reason = "what is to take its place is not in every chromium yet")]
    pub async fn offline(&self, is: bool) {
        let how = network::EmulateNetworkConditionsParams::new(is, 0.0, -1.0, -1.0);
        self.page.execute(how).await.expect("a network or none");
    }

    /// What the browser would install for this page: where the app begins, and what keeps the
    /// browser from it.
    ///
    /// # Panics
    /// When the page has no manifest, or one with a fault.
    pub async fn installs(&self) -> (Option<String>, Vec<String>) {
        let manifest = self.page.execute(GetAppManifestParams::default()).await;
        let manifest = manifest.expect("a page has a manifest").result;
        assert!(manifest.errors.is_empty(), "{:?}", manifest.errors);
        let asked = self.page.execute(GetInstallabilityErrorsParams {}).await;
        let errors = asked.expect("a browser tells why it installs nothing").result;
        let errors = errors.installability_errors.into_iter().map(|error| error.error_id);
        (manifest.manifest.start_url, errors.collect())
    }

    /// After waste was collected: bytes of the script's heap, nodes, and listeners to events.
    ///
    /// # Panics
    /// When the tab is gone.
    pub async fn weight(&self) -> [f64; 3] {
        const TOLD: &str = "a tab tells its figures";
        self.page.execute(CollectGarbageParams::default()).await.expect(TOLD);
        self.page.execute(performance::EnableParams::default()).await.expect(TOLD);
        let told = self.page.execute(performance::GetMetricsParams::default()).await.expect(TOLD);
        ["JSHeapUsedSize", "Nodes", "JSEventListeners"].map(|name| {
            let found = told.result.metrics.iter().find(|metric| metric.name == name);
            found.map_or(f64::NAN, |metric| metric.value)
        })
    }

    /// Runs a script at the beginning of each page that is opened here from now on.
    ///
    /// # Panics
    /// When the tab is gone.
    pub async fn begin_with(&self, script: String) {
        self.page.evaluate_on_new_document(script).await.expect("a tab takes a script");
    }

    /// Prefers dark, or light.
    ///
    /// # Panics
    /// When the tab is gone.
    pub async fn dark(&self, is_dark: bool) {
        let value = if is_dark { "dark" } else { "light" };
        let feature = MediaFeature::new("prefers-color-scheme", value);
        self.page.emulate_media_features(vec![feature]).await.expect("a colour scheme");
    }

    /// What an expression of JavaScript is worth on this page.
    ///
    /// # Panics
    /// When it throws.
    pub async fn value(&self, expression: &str) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.page.evaluate_expression(expression).await {
                Ok(result) => return result.value().cloned().unwrap_or(Value::Null),
                // The page was being left, and nothing was evaluated: the next one is asked.
                Err(why) if why.to_string().contains(NO_CONTEXT) && Instant::now() < until => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Err(why) => panic!("{expression}: {why}"),
            }
        }
    }

    /// The text of the first element of a selector, as it is shown, in one line.
    ///
    /// # Panics
    /// When there is no such element.
    pub async fn text(&self, selector: &str) -> String {
        let text = format!("document.querySelector({selector:?})?.innerText");
        let value = self.value(&text).await;
        let text = value.as_str().unwrap_or_else(|| panic!("no {selector} on the page"));
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// How many elements a selector finds.
    ///
    /// # Panics
    /// When it is no selector.
    pub async fn count(&self, selector: &str) -> u64 {
        let count = format!("document.querySelectorAll({selector:?}).length");
        self.value(&count).await.as_u64().unwrap_or(0)
    }

    /// Waits until an expression is true. Nothing here moves the page along.
    ///
    /// # Panics
    /// When it does not become true in 15 seconds.
    pub async fn wait(&self, expression: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            // While a page is being left there is nothing to ask.
            let asked = self.page.evaluate_expression(format!("Boolean({expression})")).await;
            if asked.is_ok_and(|is| is.value() == Some(&Value::Bool(true))) {
                return;
            }
            if Instant::now() > until {
                self.shoot("failed").await;
                let body = self.text("body").await;
                panic!("never true: {expression}\nthe page says: {body}\nand: {:?}", self.seen());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until a selector finds something.
    ///
    /// # Panics
    /// When it does not in 15 seconds.
    pub async fn wait_for(&self, selector: &str) {
        self.wait(&format!("document.querySelector({selector:?})")).await;
    }

    /// Clicks what a selector finds, in its middle, with a mouse, once it can be clicked and has
    /// stood there for as long as a hand needs.
    ///
    /// # Panics
    /// When there is nothing to click.
    pub async fn click(&mut self, selector: &str) {
        let stands = format!(
            "(() => {{ const it = document.querySelector({selector:?}); const now = performance.now();
               if (window.aimed !== it) [window.aimed, window.aimedAt] = [it, now];
               return it && !it.disabled && now - window.aimedAt > 150; }})()"
        );
        self.wait(&stands).await;
        self.clicks += 1;
        let mut why = None;
        // A fragment may be swapped between the look and the click.
        for _ in 0..5 {
            let clicked = match self.page.find_element(selector).await {
                Ok(element) => element.click().await.map(drop),
                Err(why) => Err(why),
            };
            match clicked {
                Ok(()) => return,
                Err(error) => why = Some(error),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{selector} can't be clicked: {why:?}");
    }

    /// Types into a field, over what stood there, and leaves it.
    ///
    /// # Panics
    /// When there is no such field.
    pub async fn fill(&mut self, selector: &str, text: &str) {
        self.wait_for(selector).await;
        self.value(&format!(
            "(() => {{ const it = document.querySelector({selector:?}); it.focus(); it.select(); }})()"
        ))
        .await;
        self.page.execute(InsertTextParams::new(text)).await.expect("a tab takes text");
        self.value("document.activeElement.blur()").await;
    }

    /// Chooses a row of a list by its value.
    ///
    /// # Panics
    /// When there is no such list, or no such row in it.
    pub async fn choose(&self, selector: &str, value: &str) {
        let chosen = format!(
            "(() => {{ const it = document.querySelector({selector:?}); it.value = {value:?};
               for (const name of ['input', 'change'])
                   it.dispatchEvent(new Event(name, {{ bubbles: true }}));
               return it.value; }})()"
        );
        assert_eq!(self.value(&chosen).await, value, "{selector} has no such row");
    }

    /// Gives a file to a field of files, as the chooser of files would.
    ///
    /// # Panics
    /// When there is no such field.
    pub async fn upload(&self, selector: &str, file: &Path) {
        self.wait_for(selector).await;
        let field = self.page.find_element(selector).await.expect("it was there just now");
        let files = SetFileInputFilesParams::builder()
            .file(file.display().to_string())
            .backend_node_id(field.backend_node_id)
            .build()
            .expect("a file and a field");
        self.page.execute(files).await.expect("the field takes a file");
    }

    /// How many clicks there were.
    pub fn clicks(&self) -> u32 {
        self.clicks
    }

    /// Presses a key: `Tab`, `Enter`, a letter.
    ///
    /// # Panics
    /// When there is no such key.
    pub async fn press(&self, key: &str) {
        let body = self.page.find_element("body").await.expect("a page has a body");
        body.press_key(key).await.unwrap_or_else(|why| panic!("{key}: {why}"));
    }

    /// Presses Tab until the focus is on what a selector finds.
    ///
    /// # Panics
    /// When it does not get there in 80 steps.
    pub async fn tab_to(&self, selector: &str) {
        for _ in 0..80 {
            let there = format!("document.activeElement?.matches({selector:?})");
            if self.value(&there).await == Value::Bool(true) {
                return;
            }
            self.press("Tab").await;
        }
        panic!("Tab does not reach {selector}");
    }

    /// Brings the tab to the front, as a click on it does.
    ///
    /// # Panics
    /// When it is gone.
    pub async fn front(&self) {
        self.page.bring_to_front().await.expect("a tab comes to the front");
    }

    /// Keeps a picture of the whole page as `target/screenshots/<name>.png`.
    ///
    /// # Panics
    /// When it can't be written.
    pub async fn shoot(&self, name: &str) -> PathBuf {
        self.shoot_down_to("html", name).await
    }

    /// Keeps a picture of the page from its top to the end of what a selector finds.
    ///
    /// # Panics
    /// When it can't be written.
    pub async fn shoot_down_to(&self, selector: &str, name: &str) -> PathBuf {
        let path = pictures().join(format!("{name}.png"));
        let size = format!(
            "[document.documentElement.clientWidth, scrollY + \
             document.querySelector({selector:?}).getBoundingClientRect().bottom]"
        );
        let size = self.value(&size).await;
        let side = |at: usize| size[at].as_f64().expect("a page has a size");
        let whole = Viewport { x: 0.0, y: 0.0, width: side(0), height: side(1), scale: 1.0 };
        let how = ScreenshotParams::builder()
            .format(CaptureScreenshotFormat::Png)
            .clip(whole)
            .capture_beyond_viewport(true)
            .build();
        self.page.save_screenshot(how, &path).await.expect("a picture of the page");
        path
    }

    /// The errors of its console so far.
    pub fn errors(&self) -> Vec<String> {
        self.seen().errors
    }

    /// Forgets errors of its console that have a sign of what the test did itself.
    pub fn forgive(&self, sign: &str) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.errors.retain(|error| !error.contains(sign));
    }

    /// Asserts that nothing went wrong in the console, that nothing was asked of anybody else,
    /// and that nothing stands out of the page to the right.
    ///
    /// # Panics
    /// When something was.
    pub async fn is_well(&self) {
        let over = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(self.value(over).await, Value::from(0), "the page is wider than the screen");
        let seen = self.seen();
        assert_eq!(seen.errors, [""; 0], "in the console");
        assert_eq!(seen.foreign, [""; 0], "asked of another server");
    }

    /// Closes it.
    ///
    /// # Panics
    /// When it does not close.
    pub async fn close(self) {
        self.watchers.iter().for_each(JoinHandle::abort);
        self.page.close().await.expect("a tab closes");
    }

    fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The folder of the pictures.
fn pictures() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own file");
    let target = test.ancestors().nth(3).unwrap_or(Path::new("target"));
    let folder = target.join("screenshots");
    fs::create_dir_all(&folder).expect("the target folder is writable");
    folder
}
