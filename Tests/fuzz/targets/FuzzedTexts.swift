// Texts under fuzz: JSON, tokens and keys, queries and places in the log. What is read means the
// same when it is written again.

import EventLog
import Gateway
import TLS
import Wire

enum FuzzedTexts {
    /// A JSON text: minified it is JSON again, and minified twice the same.
    static func json(_ bytes: [UInt8]) -> String? {
        guard let document = try? JSONDocument(bytes) else { return nil }
        guard UTF8Validation.isValid(bytes) else { return "it is no UTF-8" }
        var once: [UInt8] = []
        document.appendMinified(document.root, to: &once)
        guard let again = try? JSONDocument(once) else { return "minified it is no JSON" }
        guard written(again) == written(document) else { return "minified it says something else" }
        var twice: [UInt8] = []
        again.appendMinified(again.root, to: &twice)
        return once == twice ? nil : "minified twice it differs"
    }

    /// Names, texts and numbers, in their order.
    private static func written(_ document: JSONDocument) -> [String] {
        var parts: [String] = []
        func read(_ value: JSONValue) {
            switch document.kind(value) {
            case .object:
                for member in document.members(value) {
                    parts.append(member.name)
                    read(member.value)
                }
            case .array: for element in document.elements(value) { read(element) }
            case .string: parts.append(document.string(value) ?? "no text")
            case .number:
                parts.append(document.numberText(value) ?? "no number")
                _ = document.integer(value)
            case .true, .false, .null: parts.append("\(document.kind(value))")
            }
        }
        read(document.root)
        return parts
    }

    private static let secret = Array("the secret of the fuzzer, long enough".utf8)

    /// A token as it is, or else claims, which are signed first: what is taken has a name, a role
    /// and an end that has not come.
    static func token(_ bytes: [UInt8]) -> String? {
        let now: Int64 = 1_790_000_000
        var authority = TokenAuthority(secret: secret, issuer: nil, audience: nil)
        let text = String(decoding: bytes, as: UTF8.self)
        for token in [text, signed(#"{"alg":"HS256"}"#, bytes), signed(text, claims)] {
            guard let verified = try? authority.verify(token, at: now) else { continue }
            guard verified.expirySeconds > now, !verified.principal.roles.isEmpty,
                TokenAuthority.isName(verified.principal.subject)
            else { return "it was taken: \(verified)" }
        }
        return nil
    }

    private static let claims = Array(#"{"sub":"a","role":"admin","exp":1790000060}"#.utf8)

    private static func signed(_ header: String, _ claims: [UInt8]) -> String {
        let text = Base64.encodeURL(Array(header.utf8)) + "." + Base64.encodeURL(claims)
        var code = MessageAuthentication(key: secret)
        return text + "." + Base64.encodeURL(code.code(for: Array(text.utf8)[...]))
    }

    /// Keys that somebody publishes, and what else of an issuer is read: what is used of a set is a
    /// key, and one alone of its kind.
    static func keys(_ bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        if let age = CacheControl.maxAgeSeconds(text), age < 0 { return "\(age) seconds" }
        if let url = try? OutgoingURL(text), Array(url.text.utf8) != bytes {
            return "\(url.text) is another URL"
        }
        if let own = try? OwnKeys(bytes) {
            guard let again = try? OwnKeys(Array(own.text.utf8)), again == own else {
                return "own keys that are written again are others"
            }
        }
        guard let keys = try? TokenKey.usable(inSet: bytes) else { return nil }
        for key in keys {
            guard PublicKey(key.numbers) != nil else { return "\(key) is no key" }
            guard keys.count(where: { $0 == key }) == 1 else { return "\(key) is there twice" }
        }
        return nil
    }

    /// A query: its items, written again, are its items.
    static func query(_ bytes: [UInt8]) -> String? {
        guard let items = QueryItems(query: bytes.span, range: 0..<bytes.count) else { return nil }
        guard items.items.count <= QueryItems.countMax else { return "\(items.items.count) items" }
        let text = items.items.map {
            PercentEncoding.encode($0.name) + "=" + PercentEncoding.encode($0.value)
        }.joined(separator: "&")
        let again = Array(text.utf8)
        return QueryItems(query: again.span, range: 0..<again.count) == items
            ? nil : "\(items) written again is another"
    }

    /// A place in the log, and names of events to filter by.
    static func place(_ bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        _ = Filter.parseTypes(text)
        guard case .id(let id) = ResumePoint(parsing: text) else { return nil }
        return id.text == text ? nil : "\(text) is \(id.text)"
    }
}

extension Range where Bound == Int {
    /// Whether another range lies within.
    func holds(_ other: Range<Int>) -> Bool {
        other.lowerBound >= lowerBound && other.upperBound <= upperBound
    }
}
