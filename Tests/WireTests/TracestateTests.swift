// What systems on the way say about a trace: passed on whole and in order, or not at all.

import Testing
import Wire

@Suite struct `The tracestate field` {
    @Test(arguments: [
        ("foo=1", "foo=1"), ("foo=1,bar=2", "foo=1,bar=2"),
        (" foo=1 \t,\t bar=2,,", "foo=1,bar=2"), ("a@b=1,t/x_*-=2", "a@b=1,t/x_*-=2"),
        ("foo= a b ", "foo= a b"), ("foo=1,foo=2", "foo=1"), ("0=~", "0=~"),
    ])
    func `a good list keeps its order`(field: String, normal: String) {
        #expect(Tracestate.normal(field) == normal)
    }

    @Test(arguments: [
        "", " ", ",", "foo", "foo=", "=1", "FOO=1", "foo =1", "foo.bar=1", "@foo=1,bar=2",
        "foo=bar=baz", "foo=\u{7F}", "foo=é", "foo=1,bar",
    ])
    func `a malformed list is left out as a whole`(field: String) {
        #expect(Tracestate.normal(field) == nil)
    }

    @Test func `so many members and so long keys and values, and no more`() {
        let many = (1...32).map { "m\($0)=\($0)" }.joined(separator: ",")
        #expect(Tracestate.normal(many) == many)
        #expect(Tracestate.normal(many + ",m33=33") == nil)
        for count in [256, 257] {
            let long = String(repeating: "z", count: count)
            #expect((Tracestate.normal("foo=1,\(long)=1") != nil) == (count == 256))
            #expect((Tracestate.normal("foo=\(long)") != nil) == (count == 256))
        }
    }
}
