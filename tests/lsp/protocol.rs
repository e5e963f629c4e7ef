//! Compares the list of supported methods with the real server.

use plansmith::protocol::{METHODS, MessageKind};
use serde_json::json;

use crate::{client::Client, meta_model::model};

/// JSON-RPC error code for an unknown method.
const METHOD_NOT_FOUND: i64 = -32601;

#[test]
fn exactly_the_listed_methods_are_answered() {
    for method in METHODS {
        assert!(model().has_message(method.name), "{} is not a message of the protocol", method.name);
        let count = METHODS.iter().filter(|other| other.name == method.name).count();
        assert_eq!(count, 1, "{} is listed twice", method.name);
    }
    let mut client = Client::ready();
    for method in model().client_requests().filter(|method| !matches!(*method, "initialize" | "shutdown")) {
        let listed =
            METHODS.iter().any(|known| known.kind == MessageKind::ClientRequest && known.name == method);
        // The params are invalid for all methods, so that no request remains pending.
        let id = client.send_request(method, json!({"previousResultIds": 7}));
        let answer = client.wait_response(id);
        if listed {
            let missing = answer.as_ref().is_err_and(|error| error["code"] == METHOD_NOT_FOUND);
            assert!(!missing, "{method} is listed but unknown to the server");
        } else {
            // The method is unknown or its handler rejects it.
            assert!(answer.is_err(), "{method} is answered but not listed: {answer:?}");
        }
    }
    client.shutdown();
}
