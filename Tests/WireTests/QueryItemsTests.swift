// Queries and percent-encoding.

import Testing
import Wire

@Suite struct QueryItemsTests {
    private func items(_ query: String) -> QueryItems? {
        let bytes = utf8(query)
        return QueryItems(query: bytes.span, range: 0..<bytes.count)
    }

    private func decode(_ path: String) -> String? {
        let bytes = utf8(path)
        return PercentEncoding.decode(bytes.span, 0..<bytes.count, plusIsSpace: false)
    }

    @Test func `items are decoded in their order`() {
        let query = items("types=order_*%2Clead&q=asha+rao&empty=&flag&&a=b=c")
        #expect(query?.items.map(\.name) == ["types", "q", "empty", "flag", "a"])
        #expect(query?["types"] == "order_*,lead")
        #expect(query?["q"] == "asha rao")
        #expect(query?["empty"] == "")
        #expect(query?["flag"] == "")
        #expect(query?["a"] == "b=c")
        #expect(query?["none"] == nil)
    }

    @Test func `a repeated item gives its first value or all`() {
        let query = items("a=1&b=2&a=3")
        #expect(query?["a"] == "1")
        #expect(query?.all("a") == ["1", "3"])
    }

    @Test func `a query may have sixty-four items`() {
        let many = (0..<64).map { "i\($0)=x" }.joined(separator: "&")
        #expect(items(many)?.items.count == 64)
        #expect(items(many + "&more=x") == nil)
    }

    @Test func `a plus is a space in a query alone`() {
        #expect(decode("/a+b%20c/%E2%82%AC") == "/a+b c/€")
    }

    @Test(arguments: ["%", "%4", "%zz", "%4g", "a%00b", "%ff", "%C0%AF", "%ED%A0%80"])
    func `broken escapes, NULs and broken UTF-8 are refused`(_ path: String) {
        #expect(decode(path) == nil)
        #expect(items("a=\(path)") == nil)
        #expect(items("\(path)=a") == nil)
    }

    @Test func `what is encoded decodes to itself`() {
        let text = "a/b?c=d&e+f g%€\u{1F600}~"
        #expect(decode(PercentEncoding.encode(text)) == text)
        #expect(PercentEncoding.encode("a b/ö") == "a%20b%2F%C3%B6")
    }
}
