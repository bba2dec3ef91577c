//! Services against a server that plays them: the presets on recorded answers, and what happens when one is busy, slow, dead
//! or talks nonsense.

use std::io::{BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use retake_label::{Category, Role};
use serde_json::Value;

use super::super::{Analyzer as _, Answered, FailureKind, ImageSource, Limits, Outcome, Request, Setup};
use super::config::Config;
use super::{Service, presets};

/// What the services of the presets answered, as their documentation shows it.
const ANSWERS: &[(&str, &str)] = &[
    ("google-document-ai", include_str!("answers/google-document-ai.json")),
    ("regula", include_str!("answers/regula.json")),
    ("blinkid", include_str!("answers/blinkid.json")),
    ("onfido", include_str!("answers/onfido.json")),
    ("ofiq", include_str!("answers/ofiq.json")),
    ("open-inference", include_str!("answers/open-inference.json")),
];

/// A request as it arrived.
#[derive(Clone, Debug)]
struct Arrived {
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Arrived {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// An answer: status, further headers, body. `None` closes the connection.
type Reply = Option<(u16, String, Vec<u8>)>;

/// A server on this machine, as long as the tests run.
struct Server {
    url: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

impl Server {
    /// Answers the n-th request, from 0, as `reply` says.
    fn new(reply: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/check", listener.local_addr().unwrap());
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&arrived);
        let reply = Arc::new(reply);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, reply) = (Arc::clone(&log), Arc::clone(&reply));
                std::thread::spawn(move || serve(&stream, &log, &*reply));
            }
        });
        Self { url, arrived }
    }

    fn json(text: &str) -> Self {
        let text = text.as_bytes().to_vec();
        Self::new(move |_| Some((200, String::new(), text.clone())))
    }
}

fn serve(stream: &TcpStream, log: &Mutex<Vec<Arrived>>, reply: &dyn Fn(usize) -> Reply) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader) {
        let number = {
            let mut log = log.lock().unwrap();
            log.push(request);
            log.len() - 1
        };
        let Some((status, headers, body)) = reply(number) else { return };
        let head = format!("HTTP/1.1 {status} Said\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
        let mut stream = stream;
        if stream.write_all(&[head.as_bytes(), &body].concat()).is_err() {
            return;
        }
    }
}

fn read_request(reader: &mut impl std::io::BufRead) -> Option<Arrived> {
    let line = |reader: &mut dyn std::io::BufRead| {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|n| *n > 0).map(|_| line.trim_end().to_owned())
    };
    let first = line(reader)?;
    let mut headers = Vec::new();
    while let Some((name, value)) = line(reader)?.split_once(": ") {
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Arrived { line: first, headers, body })
}

fn setup() -> Setup {
    let limits = Limits { answer: Duration::from_millis(700), ..Limits::default() };
    Setup { limits, ..Setup::new(Category::ALL.to_vec(), 2) }
}

/// A service from a file; every variable of the environment is the server's address or `s3cret`.
fn service(text: &str, url: &str) -> Service {
    let set = |name: &str| Some(if name.ends_with("URL") { url.to_owned() } else { "s3cret".to_owned() });
    Service::new(Config::parse(text).unwrap(), &setup(), &set).unwrap()
}

fn ask(service: &Service, role: Role) -> Answered {
    let image = ImageSource::Bytes { bytes: b"\xff\xd8picture".to_vec(), extension: "jpg".into() };
    service.answer(&Request { id: "a81f", role, image: &image })
}

/// A small service with three quick tries.
fn small(server: &Server) -> Service {
    let text = r#"
        name = "small"
        request.url = "${URL}"
        retry = { attempts = 3, pause = 0.01 }
        [[map]]
        category = "blur"
        path = "$.blur"
    "#;
    service(text, &server.url)
}

fn failure(answered: &Answered) -> (FailureKind, &str) {
    match &answered.outcome {
        Outcome::Failed(failure) => (failure.kind, &failure.message),
        other => panic!("{other:?}"),
    }
}

#[test]
fn presets_understand_recorded_answers() {
    let present = |category| (category, None, Some(true));
    for (name, text) in presets::ALL {
        let (_, answer) = ANSWERS.iter().find(|(known, _)| known == name).expect("an answer of every preset");
        let server = Server::json(answer);
        let service = service(text, &server.url);
        let role = if *name == "ofiq" { Role::Selfie } else { Role::DocumentFront };
        let Outcome::Findings(findings) = ask(&service, role).outcome else { panic!("{name}") };
        let found: Vec<_> = findings
            .iter()
            .filter(|f| f.present == Some(true) || f.present.is_none() && f.score.unwrap() > 0.0)
            .map(|f| (f.category, f.score.map(|s| (s * 1e3).round() / 1e3), f.present))
            .collect();
        let expected = match *name {
            "google-document-ai" => {
                vec![(Category::GLARE, Some(0.619), None), (Category::CROPPED_CORNER, Some(1.0), None)]
            }
            "regula" => vec![present(Category::BLUR)],
            "blinkid" => {
                [Category::BLUR, Category::FINGER_OCCLUSION, Category::TOO_FAR].map(present).to_vec()
            }
            "onfido" => {
                [Category::GLARE, Category::CROPPED_CORNER, Category::SCREEN_RECAPTURE].map(present).to_vec()
            }
            "ofiq" => vec![
                (Category::BACKLIT_FACE, Some(0.91), Some(true)),
                (Category::FACE_TURNED, Some(0.6), Some(true)),
            ],
            "open-inference" => {
                vec![(Category::BLUR, Some(0.125), None), (Category::GLARE, Some(0.75), None)]
            }
            other => panic!("say here what {other} answered"),
        };
        assert_eq!(found, expected, "{name}");
        let arrived = &server.arrived.lock().unwrap()[0];
        assert!(arrived.line.starts_with("POST /check "), "{}", arrived.line);
        let secret = text.contains("TOKEN");
        assert_eq!(arrived.header("authorization").is_some_and(|v| v.contains("s3cret")), secret, "{name}");
    }
}

#[test]
fn pictures_go_along_in_every_form() {
    let server = Server::json("{}");
    let send = |request: &str| {
        let text = format!(
            "name = \"a\"\nrequest.url = \"${{URL}}\"\n{request}\n[[map]]\ncategory = \"blur\"\npath = \"$.blur\""
        );
        assert_eq!(ask(&service(&text, &server.url), Role::Selfie).outcome, Outcome::Findings(vec![]));
        server.arrived.lock().unwrap().pop().unwrap()
    };
    let raw = send("");
    assert!(raw.body == b"\xff\xd8picture" && raw.header("content-type") == Some("image/jpeg"));

    let json = send(r#"request.json = { input = ["{image}"], about = "{role} {id} {media_type} ${KEY}" }"#);
    let body: Value = serde_json::from_slice(&json.body).unwrap();
    let image = base64::engine::general_purpose::STANDARD.decode(body["input"][0].as_str().unwrap()).unwrap();
    assert_eq!(image, b"\xff\xd8picture");
    assert_eq!(body["about"], "selfie a81f image/jpeg s3cret");

    let form = send(r#"request.multipart = { file = "photo", fields = { kind = "{role}" } }"#);
    let boundary = form.header("content-type").unwrap().split_once("boundary=").unwrap().1;
    let expected = [
        format!("--{boundary}\r\ncontent-disposition: form-data; name=\"kind\"\r\n\r\nselfie\r\n").as_bytes(),
        format!("--{boundary}\r\ncontent-disposition: form-data; name=\"photo\"; filename=\"a81f.jpg\"\r\n")
            .as_bytes(),
        b"content-type: image/jpeg\r\n\r\n\xff\xd8picture\r\n",
        format!("--{boundary}--\r\n").as_bytes(),
    ]
    .concat();
    assert_eq!(form.body, expected);

    let tensor = send(r#"request.tensor = { input = "image" }"#);
    assert!(tensor.header("inference-header-content-length").is_some());
    assert!(tensor.body.ends_with(b"\x09\0\0\0\xff\xd8picture"));
}

#[test]
fn a_tensor_comes_back_as_bytes() {
    let header =
        r#"{"outputs":[{"name":"blur","datatype":"FP32","shape":[1],"parameters":{"binary_data_size":4}}]}"#;
    let body = [header.as_bytes(), &0.5f32.to_le_bytes()].concat();
    let length = format!("Inference-Header-Content-Length: {}\r\n", header.len());
    let server = Server::new(move |_| Some((200, length.clone(), body.clone())));
    let (_, text) = presets::ALL.iter().find(|(name, _)| *name == "open-inference").unwrap();
    let Outcome::Findings(findings) = ask(&service(text, &server.url), Role::DocumentFront).outcome else {
        panic!()
    };
    assert!(findings.len() == 1 && findings[0].score == Some(0.5), "{findings:?}");
}

#[test]
fn a_busy_service_is_asked_again_and_one_that_refuses_is_not() {
    let server = Server::new(|n| {
        Some(match n {
            0 => (429, "retry-after: 0\r\n".into(), vec![]),
            1 => (503, String::new(), vec![]),
            _ => (200, String::new(), br#"{"blur":0.5}"#.to_vec()),
        })
    });
    let answered = ask(&small(&server), Role::Selfie);
    assert!(matches!(answered.outcome, Outcome::Findings(_)) && answered.attempts == 3, "{answered:?}");

    for (status, attempts) in [(503, 3), (429, 3), (501, 1), (404, 1), (401, 1)] {
        let server = Server::new(move |_| Some((status, String::new(), b"no".to_vec())));
        let answered = ask(&small(&server), Role::Selfie);
        assert_eq!(answered.attempts, attempts, "{status}");
        let (kind, message) = failure(&answered);
        assert!(kind == FailureKind::Error && message.contains(&status.to_string()), "{message}");
    }
}

#[test]
fn silence_nonsense_and_a_dead_line_are_told_apart() {
    let server = Server::new(|_| {
        std::thread::sleep(Duration::from_secs(5));
        None
    });
    assert_eq!(failure(&ask(&small(&server), Role::Selfie)).0, FailureKind::Timeout);
    let server = Server::json("<html>");
    assert_eq!(failure(&ask(&small(&server), Role::Selfie)).0, FailureKind::Protocol);
    let server = Server::new(|_| None);
    let answered = ask(&small(&server), Role::Selfie);
    assert!(failure(&answered).0 == FailureKind::Error && answered.attempts == 3, "{answered:?}");

    // Nobody listens: after some pictures it is not asked any more.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let service = small(&Server { url: format!("http://{port}/"), arrived: Arc::default() });
    let answers: Vec<_> = (0..22).map(|_| ask(&service, Role::Selfie)).collect();
    assert!(answers[19].attempts == 3 && answers[20].attempts == 0, "{answers:?}");
    assert!(failure(&answers[21]).1.contains("given up after 20 pictures"));
}
