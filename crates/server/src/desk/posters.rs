//! The shop's page of what hangs in its store.

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use kernel::id::Quote;
use pay::command::{PlaceWords, SetPlaces};
use pay::{Network, Place};

use super::Desk;
use super::answer::{Asked, html, told, unfit};
use super::faces::{amount, now_us};
use super::network_ids::typed_of;
use super::submit::Form;
use super::till::read_amount;
use super::window::{AtTill, TillWindow};
use crate::api::pay::posters::posters_of;
use crate::duty::Scope;
use crate::posters::{badges, marks, range, rows};
use crate::problem::Problem;
use crate::session;
use crate::web::view::{CardPlace, PostersPage, Problem as Told};
use crate::web::{error, posters as markup};

/// What a shop typed or sent.
#[derive(Debug, Default)]
struct Typed {
    key: String,
    range: String,
    rows: String,
    file: Option<Vec<u8>>,
    end: String,
}

/// Why a form did nothing, and in which line of a list.
type Refused = (Told, Option<usize>);

impl Typed {
    /// Reads a form of a browser.
    async fn read(headers: &HeaderMap, body: Bytes) -> Option<Self> {
        let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        let boundary = multer::parse_boundary(kind).ok()?;
        let body = stream::iter([Ok::<_, std::convert::Infallible>(body)]);
        let mut form = multer::Multipart::new(body, boundary);
        let mut typed = Self::default();
        while let Some(field) = form.next_field().await.ok()? {
            let name = field.name().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.ok()?;
            if name == "file" {
                typed.file = (!bytes.is_empty()).then(|| bytes.to_vec());
                continue;
            }
            let text = String::from_utf8(bytes.to_vec()).ok()?;
            match name.as_str() {
                "key" => typed.key = text,
                "range" => typed.range = text,
                "rows" => typed.rows = text,
                "end" => typed.end = text,
                _ => {}
            }
        }
        Some(typed)
    }

    /// The places that are to be set.
    fn places(&self, window: &TillWindow) -> Result<Vec<PlaceWords>, Refused> {
        let read = |text: &str| {
            let rows = rows(text, |typed| read_amount(window.unit(), typed));
            rows.map_err(|wrong| (unfit(wrong.why), Some(wrong.line)))
        };
        let mut places = Vec::new();
        if !self.range.trim().is_empty() {
            let labels = range(&self.range).ok_or_else(|| (unfit("range_unfit"), None))?;
            let words = |n: u32| PlaceWords { label: n.to_string(), amount: None, reference: None };
            places.extend(labels.map(words));
        }
        places.extend(read(&self.rows)?);
        if let Some(file) = &self.file {
            let text = std::str::from_utf8(file).map_err(|_| (unfit("file_not_utf8"), None))?;
            places.extend(read(text)?);
        }
        Ok(places)
    }
}

impl Desk {
    pub(super) async fn posters_page(
        &self,
        asked: &Asked,
        window: &TillWindow,
    ) -> Result<PostersPage, Problem> {
        let site = self.site(window.side);
        let view = posters_of(site, window.store).await?.value;
        let marks = marks(&self.edge, site, &view, window.currency).await?;
        let path = format!("{}/posters", window.base);
        let known = view.acceptance.as_ref();
        let place = |place: &Place| {
            let due = place.amount.map(|minor| amount(minor, window.currency));
            let (label, reference) = (place.label.clone(), place.reference.clone());
            (place.number, CardPlace { label, amount: due, reference })
        };
        Ok(PostersPage {
            chrome: self.chrome(asked, &path, Some(window.shop.clone()), None).await,
            base: window.base.clone(),
            poster: format!("/poster/{}", window.store),
            badges: badges(&marks),
            ids: known.map_or_else(Vec::new, |it| it.networks.iter().map(id_of).collect()),
            source: known.map(|it| it.source.clone()),
            next: match &view.next {
                Some((from, ids)) => Some(self.next_ids(window, &view, *from, ids).await?),
                None => None,
            },
            may_set: site.keys.scopes(window.actor).is_some_and(|known| known.has(Scope::Shop)),
            ids_typed: typed_of(view.next.as_ref().map(|(_, ids)| ids).or(known)),
            ids_problem: None,
            places: view.places.iter().map(place).collect(),
            key: site.fresh::<Quote>().to_string(),
            typed: String::new(),
            now: now_us(),
            zone: window.zone,
            done: match asked.parameter("done") {
                Some("set") => Some("set"),
                Some("end") => Some("end"),
                Some("ids") => Some("ids"),
                _ => None,
            },
            problem: None,
        })
    }

    async fn set_places(&self, window: &TillWindow, typed: &Typed) -> Result<(), Refused> {
        let set = typed.places(window)?;
        let end: Vec<String> =
            (!typed.end.is_empty()).then(|| typed.end.clone()).into_iter().collect();
        if set.is_empty() && end.is_empty() {
            return Err((unfit("nothing_typed"), None));
        }
        let words: Vec<String> =
            set.iter().map(|it| format!("{it:?}")).chain(end.clone()).collect();
        let content: Vec<&str> = words.iter().map(String::as_str).collect();
        let (actor, key) = (window.actor, &typed.key);
        let of = Form { actor, operation: "places", key, content: &content };
        let command = SetPlaces { store: window.store, set, end };
        let done = self.submit(window.side, &of, command).await;
        done.map(|_| ()).map_err(|problem| (told(&problem), None))
    }
}

/// The name of a network, and the id as people compare it.
pub(super) fn id_of(network: &Network) -> (String, String) {
    let id = match network {
        Network::Jpqr(levels) => levels.join(" "),
        Network::Number { value, .. } => value.clone(),
        Network::Template { scheme, entries, .. } => {
            let values: Vec<&str> = entries.iter().map(|(_, value)| value.as_str()).collect();
            format!("{scheme} {}", values.join(" "))
        }
    };
    (network.name().to_owned(), id)
}

/// The page.
pub(crate) async fn page(AtTill { desk, window, asked, .. }: AtTill) -> Response {
    match desk.posters_page(&asked, &window).await {
        Ok(page) => html(&markup::page(&page)),
        Err(problem) => failed(&desk, &asked, &window, &problem),
    }
}

/// Makes codes for places, or withdraws one.
pub(crate) async fn send(
    AtTill { desk, window, asked, .. }: AtTill,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let typed = match Typed::read(&headers, body).await {
        Some(typed) if !session::is_foreign(&headers) => Ok(typed),
        _ => Err((unfit("form_unfit"), None)),
    };
    let (done, typed) = match typed {
        Ok(typed) => (desk.set_places(&window, &typed).await, typed),
        Err(refused) => (Err(refused), Typed::default()),
    };
    let Err(refused) = done else {
        let word = if typed.end.is_empty() { "set" } else { "end" };
        let to = format!("{}/posters?done={word}&lang={}", window.base, asked.lang.tag());
        return (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response();
    };
    match desk.posters_page(&asked, &window).await {
        Ok(page) => {
            let page = PostersPage { problem: Some(refused), typed: typed.rows, ..page };
            (StatusCode::UNPROCESSABLE_ENTITY, html(&markup::page(&page))).into_response()
        }
        Err(problem) => failed(&desk, &asked, &window, &problem),
    }
}

pub(super) fn failed(
    desk: &Desk,
    asked: &Asked,
    window: &TillWindow,
    problem: &Problem,
) -> Response {
    let chrome = desk.bare_chrome(asked, &format!("{}/posters", window.base));
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    (status, html(&error::page(&chrome, &told(problem)))).into_response()
}
