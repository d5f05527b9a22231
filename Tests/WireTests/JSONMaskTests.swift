// Hiding members of a JSON text: null in their place, all other bytes as they were.

import Testing
import Wire

@Suite struct `JSON mask` {
    private func hiding(_ names: [String], at path: [String] = [], in text: String) -> String? {
        JSONMask.hiding(names, at: path, in: Array(text.utf8)).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    @Test(arguments: [
        (#"{"a":1,"email":"x","b":[1,2]}"#, #"{"a":1,"email":null,"b":[1,2]}"#),
        (#"{ "email" : {"deep":["x"]} , "a":1e400 }"#, #"{ "email" : null , "a":1e400 }"#),
        (#"{"email":null,"phone":""}"#, #"{"email":null,"phone":null}"#),
        (#"{"email":1,"email":2}"#, #"{"email":null,"email":null}"#),
        (#"{"\u0065mail":"x"}"#, #"{"\u0065mail":null}"#),
        (#"{"in":{"email":"x"}}"#, #"{"in":{"email":"x"}}"#),
        (#"{"note":"\"email\":\"x\""}"#, #"{"note":"\"email\":\"x\""}"#),
        (#"["email"]"#, #"["email"]"#), ("{}", "{}"),
    ])
    func `the named members become null`(text: String, masked: String) {
        #expect(hiding(["email", "phone"], in: text) == masked)
    }

    @Test(arguments: [
        (
            #"{"email":1,"data":{"email":2,"x":{"email":3}}}"#,
            #"{"email":1,"data":{"email":null,"x":{"email":3}}}"#
        ),
        (
            #"{"data":{"email":1},"data":{"email":2}}"#,
            #"{"data":{"email":null},"data":{"email":null}}"#
        ),
        (#"{"data":[{"email":1}]}"#, #"{"data":[{"email":1}]}"#),
        (#"{"email":1}"#, #"{"email":1}"#),
    ])
    func `only in the object that the path leads to`(text: String, masked: String) {
        #expect(hiding(["email"], at: ["data"], in: text) == masked)
    }

    @Test(arguments: ["", "{", #"{"email":}"#, "{} x"])
    func `what is no JSON text is not guessed at`(text: String) {
        #expect(hiding(["email"], in: text) == nil)
    }

    @Test func `the deepest text that can be stored is masked`() {
        let payload = String(repeating: "[", count: 63) + String(repeating: "]", count: 63)
        let text = #"{"data":{"email":"x","payload":\#(payload)}}"#
        #expect(
            hiding(["email"], at: ["data"], in: text)
                == #"{"data":{"email":null,"payload":\#(payload)}}"#)
    }
}
