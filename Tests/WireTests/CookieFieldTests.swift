// Cookies: found by their whole name, whatever stands around them.

import Testing
import Wire

@Suite struct `Cookies` {
    @Test(arguments: [
        ("hub=abc", "abc"), ("a=1; hub=abc", "abc"), ("a=1;hub=abc;b=2", "abc"),
        ("hubx=1; hub=abc", "abc"), ("xhub=1; hub=abc", "abc"), ("hub=abc; HUB=def", "abc"),
        ("hub=a=b==", "a=b=="), ("hub=", ""), (" \thub=abc", "abc"), (";;; hub=abc;;", "abc"),
        ("hub; hub=abc", "abc"), ("hub =x; hub=abc", "abc"),
    ])
    func `a cookie is found by its whole name`(field: String, value: String) {
        #expect(CookieField.values("hub", in: field) == [value])
    }

    @Test(arguments: ["", "hub", "HUB=1", "hubx=1", "a=hub=1", "=hub", ";", "a=1; b=2", "hu"])
    func `what isn't there is not found`(field: String) {
        #expect(CookieField.values("hub", in: field).isEmpty)
    }

    @Test func `two of one name are both found`() {
        #expect(CookieField.values("hub", in: "hub=a; b=1;hub=b") == ["a", "b"])
    }

    @Test func `a cookie is kept from scripts and from other sites`() {
        #expect(
            CookieField.set("a", "b", ageSeconds: 60, isSecure: false)
                == "a=b; Path=/; Max-Age=60; HttpOnly; SameSite=Strict")
        #expect(
            CookieField.set("a", "", ageSeconds: 0, isSecure: true)
                == "a=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure")
    }
}
