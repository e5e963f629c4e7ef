//! The list of what is spoken of the protocol, held against the real server.

use plansmith::protocol::{METHODS, MessageKind};
use serde_json::json;

use crate::{client::Client, meta_model::model};

/// The code of JSON-RPC for a method that is not there.
const METHOD_NOT_FOUND: i64 = -32601;

#[test]
fn what_is_listed_is_answered_and_nothing_else() {
    for method in METHODS {
        assert!(model().knows(method.name), "{} is no message of the protocol", method.name);
        let again = METHODS.iter().filter(|other| other.name == method.name).count();
        assert_eq!(again, 1, "{} is listed twice", method.name);
    }
    let mut client = Client::ready();
    for method in model().client_requests().filter(|method| !matches!(*method, "initialize" | "shutdown")) {
        let listed =
            METHODS.iter().any(|known| known.kind == MessageKind::ClientRequest && known.name == method);
        // Nothing in it is what the method wants; those that wait for news are not waited for.
        let id = client.send_request(method, json!({"previousResultIds": 7}));
        let answer = client.wait_response(id);
        if listed {
            let missing = answer.as_ref().is_err_and(|error| error["code"] == METHOD_NOT_FOUND);
            assert!(!missing, "{method} is listed and not there");
        } else {
            // Either it is not known, or its handler answers nothing but that.
            assert!(answer.is_err(), "{method} is answered and not listed: {answer:?}");
        }
    }
    client.shutdown();
}
