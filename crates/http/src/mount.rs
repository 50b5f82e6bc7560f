//! Where surfaces are: under a prefix of the main listener, or at the root of a listener of their own; and the
//! tables of their routes.
//!
//! What is answered there is the surface's business.

use std::fmt;
use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, PayloadConfig, ServiceConfig};
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Resource, Responder, guard};

use crate::app::App;
use crate::extract::gate;
use crate::health;
use crate::native::mount_doors;
use crate::observe::{self, observe};
use crate::problem::{Problem, Trouble};
use crate::surface::{Surface, show};

/// A surface and where it is.
#[derive(Clone)]
pub struct Mount {
    prefix: &'static str,
    surface: Arc<dyn Surface>,
    routes: fn(&mut ServiceConfig),
}

impl Mount {
    /// A surface under this prefix, such as `/dialects/doto`.
    pub fn under(
        prefix: &'static str,
        surface: Arc<dyn Surface>,
        routes: fn(&mut ServiceConfig),
    ) -> Self {
        Self {
            prefix,
            surface,
            routes,
        }
    }

    /// The same surface at the root.
    #[must_use]
    pub fn at_root(self) -> Self {
        Self { prefix: "", ..self }
    }

    /// What its paths begin with; nothing at the root.
    pub fn prefix(&self) -> &'static str {
        self.prefix
    }

    /// The surface.
    pub fn surface(&self) -> &dyn Surface {
        &*self.surface
    }

    /// The problem as the surface shows it outside of any request, with the problem's own header.
    pub fn show(&self, problem: &Problem) -> HttpResponse {
        show(self.surface(), problem, None)
    }

    fn body_bytes_max(&self, app: &App) -> usize {
        self.surface
            .body_bytes_max(app)
            .min(app.config().body_bytes_max)
    }
}

impl fmt::Debug for Mount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mount({} at {:?})", self.surface.name(), self.prefix)
    }
}

/// How many bytes the body of a request may have, where it came in.
pub(crate) fn body_bytes_max(app: &App, request: &HttpRequest) -> usize {
    let mount = request.app_data::<Mount>();
    mount.map_or(app.config().body_bytes_max, |mount| {
        mount.body_bytes_max(app)
    })
}

/// Mounts a surface behind the door: every answer under its prefix has its form.
pub fn mount_surface(cfg: &mut ServiceConfig, app: &App, mount: &Mount) {
    cfg.service(
        web::scope(mount.prefix)
            .app_data(mount.clone())
            .app_data(PayloadConfig::new(mount.body_bytes_max(app)))
            .wrap(from_fn(gate))
            .wrap(from_fn(admit_target))
            .wrap(from_fn(observe))
            .configure(mount.routes)
            .default_service(web::to(|| async {
                Err::<HttpResponse, _>(Problem::new(Trouble::RouteNotFound))
            })),
    );
}

/// The routes of a listener of a surface's own: the surface at the root, the doors for signed addresses under
/// `/media`, `/livez` and `/readyz` unless it has its own.
pub fn configure_surface(app: &App, mount: Mount) -> impl Fn(&mut ServiceConfig) + Clone + use<> {
    let (app, mount) = (app.clone(), mount.at_root());
    move |cfg: &mut ServiceConfig| {
        cfg.app_data(app.clone())
            .app_data(mount.clone())
            .app_data(PayloadConfig::new(mount.body_bytes_max(&app)))
            .configure(|cfg| mount_doors(cfg, &app));
        if !mount.surface().has_probes() {
            cfg.configure(health::mount_probes);
        }
        mount_surface(cfg, &app, &mount);
        cfg.default_service(web::to(observe::nowhere));
    }
}

/// Refuses paths and queries that are too long before they are compared with any route.
async fn admit_target<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let bytes_max = request
        .app_data::<App>()
        .map_or(0, |app| app.config().target_bytes_max);
    let target = request.uri().path_and_query();
    if target.map_or(0, |both| both.as_str().len()) > bytes_max {
        return Ok(request.error_response(Problem::new(Trouble::RouteNotFound)));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Where a route of a surface comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From the pages that the surface was built after.
    Seed,
    /// From their neighbourhood: clients need it on their way there.
    Neighbour,
}

/// One operation of a surface.
#[derive(Clone, Debug)]
pub struct Route {
    /// Its method; `GET` answers `HEAD` as well.
    pub method: Method,
    /// Its path below the mount.
    pub path: &'static str,
    /// Its handler: `messages::list`.
    pub handler: &'static str,
    /// Where it comes from.
    pub origin: Origin,
    /// What it does, in one sentence.
    pub about: &'static str,
}

/// A route for one method.
pub fn route<F, Args>(method: Method, handler: F) -> actix_web::Route
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    if method == Method::GET {
        let reads = guard::Any(guard::Get()).or(guard::Head());
        return web::route().guard(reads).to(handler);
    }
    web::method(method).to(handler)
}

/// A resource with its routes, with or without a slash at the end of its path.
pub fn resource(path: &str, methods: &[&str], routes: Vec<actix_web::Route>) -> Resource {
    let bare = path.trim_end_matches('/');
    let resource = web::resource(vec![bare.to_owned(), format!("{bare}/")]);
    with_rest(routes.into_iter().fold(resource, Resource::route), methods)
}

/// Answers the other methods of a resource: `OPTIONS` with those that there are, the rest with 405.
pub(crate) fn with_rest(resource: Resource, methods: &[&str]) -> Resource {
    let mut allow = methods.join(", ").to_uppercase();
    if methods.contains(&"get") {
        allow.push_str(", HEAD");
    }
    allow.push_str(", OPTIONS");
    resource.default_service(web::to(move |request: HttpRequest| {
        let answer = if request.method() == Method::OPTIONS {
            let allow = HeaderValue::from_str(&allow).unwrap_or(HeaderValue::from_static("GET"));
            let mut response = HttpResponse::new(StatusCode::NO_CONTENT);
            response.headers_mut().insert(header::ALLOW, allow);
            Ok(response)
        } else {
            Err(Problem::method_not_allowed(&allow))
        };
        std::future::ready(answer)
    }))
}

/// Makes the table of a surface's routes, and the function that mounts them in its order.
///
/// ```
/// mod greetings {
///     use causerie_http::extract::Call;
///     use causerie_http::{Answered, HttpResponse};
///
///     pub(crate) async fn list(_: Call) -> Answered {
///         Ok(HttpResponse::NoContent().finish())
///     }
/// }
///
/// causerie_http::dialect_routes! {
///     pub(crate) ROUTES mount;
///     "/greetings" {
///         get greetings::list seed "Lists greetings.";
///     }
/// }
///
/// assert_eq!(ROUTES[0].handler, "greetings::list");
/// # let _ = mount;
/// ```
#[macro_export]
macro_rules! dialect_routes {
    (@method get) => { $crate::Method::GET };
    (@method post) => { $crate::Method::POST };
    (@method put) => { $crate::Method::PUT };
    (@method patch) => { $crate::Method::PATCH };
    (@method delete) => { $crate::Method::DELETE };
    (@origin seed) => { $crate::Origin::Seed };
    (@origin neighbour) => { $crate::Origin::Neighbour };
    ($visible:vis $routes:ident $mount:ident;
        $($path:literal { $($method:ident $module:ident :: $function:ident $origin:ident $about:literal;)+ })+) => {
        /// Every operation of this surface, in the order in which they are tried.
        $visible const $routes: &[$crate::Route] = &[$($($crate::Route {
            method: $crate::dialect_routes!(@method $method),
            path: $path,
            handler: concat!(stringify!($module), "::", stringify!($function)),
            origin: $crate::dialect_routes!(@origin $origin),
            about: $about,
        },)+)+];

        /// Mounts them.
        $visible fn $mount(cfg: &mut $crate::ServiceConfig) {
            $(cfg.service($crate::resource(
                $path,
                &[$(stringify!($method)),+],
                vec![$($crate::route(
                    $crate::dialect_routes!(@method $method),
                    $module::$function,
                )),+],
            ));)+
        }
    };
}
