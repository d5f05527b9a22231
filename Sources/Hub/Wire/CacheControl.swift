// The one directive of `Cache-Control` that a client of ours looks at (RFC 9111 §5.2).

/// What an answer says of how long it may be kept.
package enum CacheControl {
    /// `max-age` in seconds; nil when there is none, or when the answer may not be kept at all.
    ///
    /// Of several the first counts (RFC 9111 §4.2.1); what can't be read is as good as absent.
    package static func maxAgeSeconds(_ field: String) -> Int? {
        var age: Int?
        for item in field.split(separator: ",") {
            let words = item.filter { $0 != " " && $0 != "\t" && $0 != "\"" }.lowercased()
                .split(separator: "=", maxSplits: 1)
            switch words.first {
            case "no-store", "no-cache": return nil
            case "max-age" where age == nil && words.count == 2:
                let digits = Array(words[1].utf8)
                age = DecimalText.parse(digits.span, 0..<digits.count)
            default: continue
            }
        }
        return age
    }
}
