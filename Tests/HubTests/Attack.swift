// One attack on a running hub: a sentence, the bytes, and what must come back. The tables of all
// attacks are in the files beside this one; how each is tried is in AttackRig.

import Testing

/// A row of the tables.
struct Attack: CustomTestStringConvertible, Sendable {
    /// What becomes of the connection.
    enum Ending {
        /// It ends, and what was sent behind the attack is no request.
        case closes
        /// It goes on, and the next request is answered as if nothing had been.
        case staysOpen
    }

    /// One answer: its status, and its problem's code, and words of its detail, if it is a problem.
    struct Answer: Sendable {
        let status: Int
        var code: String?
        var detail = ""
    }

    /// What the attack is.
    let sentence: String
    let bytes: [UInt8]
    let answers: [Answer]
    let ending: Ending
    /// Events that it may store.
    var stored = 0
    /// Whether the attacker ends its side of the connection behind the bytes.
    var saysLast = false

    var testDescription: String { sentence }

    /// An attack whose answers are these.
    init(
        _ sentence: String, _ bytes: String, answers: [Answer], _ ending: Ending, stored: Int = 0,
        saysLast: Bool = false
    ) {
        self.sentence = sentence
        self.bytes = Raw.bytes(bytes)
        self.answers = answers
        self.ending = ending
        self.stored = stored
        self.saysLast = saysLast
    }

    /// An attack that is answered with a problem, after which the connection ends.
    init(_ sentence: String, _ bytes: String, _ status: Int, _ code: String) {
        self.init(sentence, bytes, answers: [Answer(status: status, code: code)], .closes)
    }

    /// An attack that is answered with a problem, after which the connection goes on.
    static func refused(_ sentence: String, _ bytes: String, _ status: Int, _ code: String) -> Self
    {
        Attack(sentence, bytes, answers: [Answer(status: status, code: code)], .staysOpen)
    }

    /// An attack that comes to nothing: the request is answered as any other.
    static func harmless(
        _ sentence: String, _ bytes: String, _ status: Int, _ ending: Ending = .staysOpen,
        stored: Int = 0
    ) -> Self {
        Attack(sentence, bytes, answers: [Answer(status: status)], ending, stored: stored)
    }
}

/// Requests as text.
///
/// A character is the byte of its number, so that any byte can be written.
enum Raw {
    /// May do everything.
    static let token = TokenSigner.shared.token(
        subject: "attacker", roles: ["admin"], more: #","iss":"https://idp.test""#)

    /// The body of a lead that may be stored.
    static let lead = #"{"name":"Asha Rao","owner":"attacker"}"#

    /// The request that attacks try to get executed.
    static let smuggled = whole(body: #"{"name":"Smuggled","owner":"smuggler"}"#)

    static func bytes(_ text: String) -> [UInt8] {
        text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    }

    /// A request line and fields as they are given, and the end of the head.
    static func head(_ lines: String...) -> String { joined(lines) + "\r\n" }

    /// A `GET` that is allowed, with more fields.
    static func get(_ target: String, _ fields: String...) -> String {
        request("GET \(target) HTTP/1.1", fields)
    }

    /// A `POST` of JSON to `/crm/leads` that is allowed, with more fields and no length.
    static func post(_ fields: String..., body: String = "") -> String {
        request("POST /crm/leads HTTP/1.1", ["Content-Type: application/json"] + fields) + body
    }

    /// The same, with the length of its body.
    static func whole(_ fields: String..., body: String = lead) -> String {
        let length = "Content-Length: \(bytes(body).count)"
        let all = ["Content-Type: application/json", length] + fields
        return request("POST /crm/leads HTTP/1.1", all) + body
    }

    /// A `POST` in chunks, with these in place of a right body.
    static func chunked(_ chunks: String) -> String {
        post("Transfer-Encoding: chunked", body: chunks)
    }

    /// A text as one chunk, without the last one.
    static func chunk(_ text: String) -> String {
        String(bytes(text).count, radix: 16) + "\r\n" + text + "\r\n"
    }

    /// A request that is allowed.
    static func request(_ line: String, _ fields: [String]) -> String {
        joined([line, "Host: hub.test", "Authorization: Bearer " + token] + fields) + "\r\n"
    }

    private static func joined(_ lines: [String]) -> String {
        lines.map { $0 + "\r\n" }.joined()
    }
}
