// Cookies (RFC 6265): one looked up in what a browser sends, one written for it to keep.

/// The fields `Cookie` and `Set-Cookie`.
package enum CookieField {
    /// The values of all cookies with a name (RFC 6265 §4.2.1).
    package static func values(_ name: String, in field: String) -> [String] {
        field.utf8.split(separator: UInt8(ascii: ";")).compactMap { part in
            let pair = part.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            guard pair.starts(with: name.utf8) else { return nil }
            let rest = pair.dropFirst(name.utf8.count)
            guard rest.first == UInt8(ascii: "=") else { return nil }
            return String(decoding: rest.dropFirst(), as: UTF8.self)
        }
    }

    /// A cookie of the whole host that scripts can't read and other sites don't send (RFC 6265
    /// §4.1).
    ///
    /// An age of 0 takes it away.
    package static func set(
        _ name: String, _ value: String, ageSeconds: Int64, isSecure: Bool
    ) -> String {
        "\(name)=\(value); Path=/; Max-Age=\(ageSeconds); HttpOnly; SameSite=Strict"
            + (isSecure ? "; Secure" : "")
    }
}
