// The fields of a lead: what is taken, what is refused, and the forms duplicates are found by.

import Domain
import Support
import Testing

@Suite struct `Lead texts` {
    private func checked(_ text: String) -> String? {
        try? LeadField.text(text, field: "company")
    }

    @Test func `white space around a text is not part of it`() {
        #expect(checked("  Asha Rao\n") == "Asha Rao")
        #expect(checked("\u{00A0}\u{3000}名前\u{2003}") == "名前")
        #expect(checked("a  b") == "a  b")
    }

    @Test(arguments: ["", " ", "\n\t", "\u{3000}"])
    func `a blank text is refused by its field's name`(text: String) {
        let refused = refusal { () throws(Refusal) in
            _ = try LeadField.text(text, field: "company")
        }
        #expect(refused == .invalidField("company", "must not be blank"))
    }

    @Test func `200 characters pass and 201 do not`() {
        #expect(checked(String(repeating: "é", count: 200)) != nil)
        #expect(checked(String(repeating: "é", count: 201)) == nil)
        #expect(checked(" " + String(repeating: "a", count: 200) + " ") != nil)
    }

    @Test func `a heap of accents on one letter is not one character`() {
        #expect(checked("a" + String(repeating: "\u{0301}", count: 199)) != nil)
        #expect(checked("a" + String(repeating: "\u{0301}", count: 200)) == nil)
    }

    @Test(arguments: ["a\u{0}b", "a\nb", "a\u{1B}[31m", "a\u{7F}b", "a\tb", "a\r\nb"])
    func `control characters are refused`(text: String) {
        #expect(checked(text) == nil)
    }
}

@Suite struct `Lead emails` {
    @Test(arguments: [
        "a@b", "asha@example.test", "a.b+c@mail.example.co.in", "ASHA@Example.Test",
        "δοκιμή@παράδειγμα.δοκιμή", "o'brien@example.test", "\"x\"@example.test",
    ])
    func `an address is taken as it was written`(email: String) throws {
        #expect(try LeadField.email(email) == email)
        #expect(try LeadField.email(" \(email)\n") == email)
    }

    @Test(arguments: [
        "", " ", "a", "@", "a@", "@b", "a@@b", "a@b@c", "a@b..c", "a@.b", "a@b.", "a b@c.d",
        "a@b c", "a\u{0}@b.c", "a@b.c\u{7F}", "a\n@b.c",
    ])
    func `what has not the shape of an address is refused`(email: String) {
        let refused = refusal { () throws(Refusal) in _ = try LeadField.email(email) }
        #expect(refused == .invalidField("email", "must be an email address"))
    }

    @Test func `lengths follow RFC 5321`() {
        let local = String(repeating: "l", count: 64)
        let label = String(repeating: "d", count: 63)
        #expect((try? LeadField.email("\(local)@\(label).test")) != nil)
        #expect((try? LeadField.email("\(local)l@\(label).test")) == nil)
        #expect((try? LeadField.email("\(local)@\(label)d.test")) == nil)
        let domain = [label, label, String(repeating: "e", count: 61)].joined(separator: ".")
        #expect("\(local)@\(domain)".utf8.count == 254)
        #expect((try? LeadField.email("\(local)@\(domain)")) != nil)
        #expect((try? LeadField.email("\(local)@\(domain)e")) == nil)
    }

    @Test func `duplicates are found whatever the case`() throws {
        let first = newLead(1, email: "Asha@Example.TEST")
        let made = try first.decide(given: Facts(), by: caller(), at: time())
        #expect(lead(of: made)?.emailNormal == "asha@example.test")
        #expect(lead(of: made)?.email == "Asha@Example.TEST")
    }
}

@Suite struct `Lead phones` {
    @Test(arguments: [
        ("12345", "12345"), ("+91 98765 43210", "+919876543210"), ("(022) 123-4567", "0221234567"),
        ("0091 98765 43210", "+919876543210"), ("+1.212.555/0100", "+12125550100"),
        ("123456789012345", "123456789012345"), ("+123456789012345", "+123456789012345"),
        ("00123456789012345", "+123456789012345"),
    ])
    func `a number has one normal form`(phone: String, normal: String) throws {
        #expect(try LeadField.phone(phone) == phone)
        #expect(LeadField.normalPhone(phone) == normal)
    }

    @Test(arguments: [
        "", "+", "1234", "1234567890123456", "+1234", "1+2345", "++12345", "12345x", "tel:12345",
        "١٢٣٤٥", "１２３４５", "12345,6", "0012", "(-)./ ", "12\n345",
    ])
    func `what is no number is refused`(phone: String) {
        let refused = refusal { () throws(Refusal) in _ = try LeadField.phone(phone) }
        #expect(refused == .invalidField("phone", "must be a phone number of 5 to 15 digits"))
    }

    @Test func `punctuation without end is not a number`() {
        #expect((try? LeadField.phone("12345" + String(repeating: "-", count: 10))) != nil)
        #expect((try? LeadField.phone("1" + String(repeating: "-", count: 100) + "2345")) == nil)
    }

    @Test func `the normal form of a normal form is itself`() {
        var random = TestSeed.random("phones")
        let alphabet = Array("+0123456789 -.()/x")
        var found = 0
        for _ in 0..<5000 {
            let text = String(
                (0..<Int.random(in: 1...18, using: &random)).map { _ in random.pick(alphabet) })
            guard let normal = LeadField.normalPhone(text) else { continue }
            found += 1
            // Digits that begin with 00 are read as international: only once.
            if !normal.hasPrefix("00") { #expect(LeadField.normalPhone(normal) == normal) }
            #expect(normal.drop { $0 == "+" }.allSatisfy { $0.isASCII && $0.isNumber })
            #expect((5...16).contains(normal.utf8.count))
        }
        #expect(found > 50)
    }
}

@Suite struct `Lead tags` {
    @Test func `tags are trimmed, and repeated ones dropped`() throws {
        #expect(try LeadField.tags([" hot ", "hot", "vip", "Hot"]) == ["hot", "vip", "Hot"])
        #expect(try LeadField.tags([]) == [])
    }

    @Test func `32 tags of 64 characters pass, and no more`() {
        let tags = (0..<32).map { "\($0)" }
        #expect((try? LeadField.tags(tags)) == tags)
        #expect((try? LeadField.tags(tags + ["x"])) == nil)
        #expect((try? LeadField.tags([String(repeating: "a", count: 64)])) != nil)
        #expect((try? LeadField.tags([String(repeating: "a", count: 65)])) == nil)
        #expect((try? LeadField.tags(["ok", " "])) == nil)
    }
}
