// Bodies of lead commands: what they become, and which refusal names which field, in which order.

import Domain
import Testing
import Wire

@testable import Gateway

/// A body and what it is refused with.
struct BadBody: Sendable, CustomTestStringConvertible {
    let body: String
    let refusal: Refusal

    init(_ body: String, _ refusal: Refusal) {
        self.body = body
        self.refusal = refusal
    }

    init(_ body: String, _ field: String, _ reason: String) {
        self.init(body, .invalidField(field, reason))
    }

    var testDescription: String { body }
}

@Suite struct `Bodies of new leads` {
    private func decode(_ body: String, allowDuplicate: Bool = false) throws(Refusal) -> CreateLead?
    {
        var ids = FreshIDs()
        ids.milliseconds = 1_790_000_000_000
        let command = try CommandCoding.createLead(
            try CommandCoding.parse(Array(body.utf8)), allowDuplicate: allowDuplicate, ids: &ids)
        guard case .createLead(let lead) = command else { return nil }
        return lead
    }

    @Test func `the smallest body is a name`() throws {
        let lead = try #require(try decode(#"{"name":"Asha Rao"}"#))
        #expect(lead.name == "Asha Rao" && lead.email == nil && lead.phone == nil)
        #expect(lead.tags == [] && lead.owner == nil && !lead.allowDuplicate)
        #expect(lead.id != lead.eventID)
        #expect(lead.id.text.hasPrefix("01a0c4") || lead.id.high >> 16 == 1_790_000_000_000)
    }

    @Test func `every field is taken`() throws {
        let lead = try #require(
            try decode(
                #"{"name":" Asha ","email":"A@b.c","phone":"+91 98765 43210","company":"C","#
                    + #""source":"web","owner":"ravi","team":"west","tags":["a","b","a"],"#
                    + #""consent_flag":true}"#, allowDuplicate: true))
        #expect(lead.name == "Asha" && lead.email == "A@b.c" && lead.phone == "+91 98765 43210")
        #expect(lead.company == "C" && lead.source == "web" && lead.owner == "ravi")
        #expect(lead.team == "west" && lead.tags == ["a", "b"] && lead.allowDuplicate)
    }

    @Test func `null is the same as absent`() throws {
        let lead = try #require(
            try decode(
                #"{"name":"a","email":null,"phone":null,"company":null,"tags":null,"#
                    + #""consent_flag":null}"#))
        #expect(lead.email == nil && lead.phone == nil && lead.company == nil && lead.tags == [])
    }

    @Test(arguments: [
        BadBody("{}", "name", "is required"),
        BadBody(#"{"name":null}"#, "name", "is required"),
        BadBody(#"{"name":7}"#, "name", "must be a string"),
        BadBody(#"{"name":["a"]}"#, "name", "must be a string"),
        BadBody(#"{"name":" "}"#, "name", "must not be blank"),
        BadBody(#"{"name":"a\u0000b"}"#, "name", "must not contain \\u0000"),
        BadBody(#"{"name":"a\nb"}"#, "name", "must not contain control characters"),
        BadBody(#"{"name":"a","email":"x"}"#, "email", "must be an email address"),
        BadBody(#"{"name":"a","email":true}"#, "email", "must be a string"),
        BadBody(#"{"name":"a","email":"a\u0000@b.c"}"#, "email", "must not contain \\u0000"),
        BadBody(#"{"name":"a","phone":12345}"#, "phone", "must be a string"),
        BadBody(#"{"name":"a","phone":"x"}"#, "phone", "must be a phone number of 5 to 15 digits"),
        BadBody(#"{"name":"a","company":{}}"#, "company", "must be a string"),
        BadBody(#"{"name":"a","source":"\u0000"}"#, "source", "must not contain \\u0000"),
        BadBody(#"{"name":"a","owner":""}"#, "owner", "must not be blank"),
        BadBody(#"{"name":"a","team":1.5}"#, "team", "must be a string"),
        BadBody(#"{"name":"a","tags":"hot"}"#, "tags", "must be an array of strings"),
        BadBody(
            #"{"name":"a","tags":[1]}"#, "tags", "must be an array of strings without \\u0000"),
        BadBody(
            #"{"name":"a","tags":["\u0000"]}"#, "tags",
            "must be an array of strings without \\u0000"),
        BadBody(#"{"name":"a","tags":[""]}"#, "tags", "must not be blank"),
        BadBody(#"{"name":"a","consent_flag":"no"}"#, "consent_flag", "must be true or false"),
        BadBody(#"{"name":"a","status":"new"}"#, "status", "is not a known field"),
        BadBody(#"{"name":"a","id":null}"#, "id", "is not a known field"),
        BadBody(#"{"name":"a","b":1,"a":1}"#, "a", "is not a known field"),
        BadBody(#"{"name":"a","Name":"b"}"#, "Name", "is not a known field"),
        BadBody(#"{"name":"a","name":"b"}"#, "name", "is given twice"),
        BadBody(#"{"name":"a","n\u0061me":"b"}"#, "name", "is given twice"),
        BadBody("[]", "body", "must be a JSON object"),
        BadBody("null", "body", "must be a JSON object"),
        BadBody(#""name""#, "body", "must be a JSON object"),
    ])
    func `each mistake is refused by its field`(bad: BadBody) {
        let refused = refusal { () throws(Refusal) in _ = try decode(bad.body) }
        #expect(refused == bad.refusal)
        #expect(refused?.status == 422)
    }

    @Test(arguments: [
        "", " ", "{", "{\"name\":\"a\"", "name=a", "{'name':'a'}", "{\"name\":\"a\"}x",
    ])
    func `what is no JSON is a 400 that tells where`(body: String) {
        let refused = refusal { () throws(Refusal) in _ = try decode(body) }
        #expect(refused?.code == "bad_json" && refused?.status == 400)
        #expect(body.isEmpty || refused?.detail.hasPrefix("At byte ") == true)
    }

    @Test func `a body that is not UTF-8 is no JSON`() {
        let refused = refusal { () throws(Refusal) in
            _ = try CommandCoding.parse([0x22, 0xFF, 0x22])
        }
        #expect(refused?.code == "bad_json")
    }

    @Test func `a flag that says no comes before any mistake in the fields`() {
        for body in [
            #"{"consent_flag":false}"#, #"{"consent_flag":false,"name":7,"x":1}"#,
            #"{"name":"a","email":"bad","consent_flag":false}"#,
        ] {
            let refused = refusal { () throws(Refusal) in _ = try decode(body) }
            #expect(refused == .consentRequired(purpose: .contract, subject: nil))
        }
        // But not before JSON itself.
        let broken = refusal { () throws(Refusal) in _ = try decode(#"{"consent_flag":false"#) }
        #expect(broken?.code == "bad_json")
    }
}

@Suite struct `Bodies of changes` {
    private let id = UniqueID(high: 1, low: 2)

    private func decode(_ body: String) throws(Refusal) -> UpdateLead? {
        var ids = FreshIDs()
        let command = try CommandCoding.updateLead(
            try CommandCoding.parse(Array(body.utf8)), id: id, ifMatch: [3], allowDuplicate: true,
            ids: &ids)
        guard case .updateLead(let lead) = command else { return nil }
        return lead
    }

    @Test func `what is absent is kept, null clears, a value sets`() throws {
        let patch = try #require(
            try decode(#"{"email":null,"company":"C","tags":null,"status":"contacted"}"#))
        #expect(patch.id == id && patch.ifMatch == [3] && patch.allowDuplicate)
        #expect(patch.name == nil && patch.phone == nil && patch.owner == nil)
        #expect(patch.email == .some(nil) && patch.company == .some("C"))
        #expect(patch.tags == [] && patch.status == .contacted)
    }

    @Test func `every field can be set and every optional one cleared`() throws {
        let set = try #require(
            try decode(
                #"{"name":"n","email":"a@b.c","phone":"12345","company":"c","source":"s","#
                    + #""owner":"o","team":"t","tags":["x"],"status":"recycled"}"#))
        #expect(set.name == "n" && set.email == "a@b.c" && set.phone == "12345")
        #expect(set.company == "c" && set.source == "s" && set.owner == "o" && set.team == "t")
        #expect(set.tags == ["x"] && set.status == .recycled)
        let cleared = try #require(
            try decode(
                #"{"email":null,"phone":null,"company":null,"source":null,"owner":null,"#
                    + #""team":null}"#))
        let fields = [
            cleared.email, cleared.phone, cleared.company, cleared.source, cleared.owner,
            cleared.team,
        ]
        #expect(fields.allSatisfy { $0 == .some(nil) })
    }

    @Test func `an empty patch is a patch`() throws {
        let patch = try #require(try decode("{}"))
        #expect(patch.name == nil && patch.email == nil && patch.tags == nil)
    }

    @Test(arguments: [
        BadBody(#"{"name":null}"#, "name", "must not be null"),
        BadBody(#"{"name":""}"#, "name", "must not be blank"),
        BadBody(#"{"email":""}"#, "email", "must be an email address"),
        BadBody(#"{"phone":"1"}"#, "phone", "must be a phone number of 5 to 15 digits"),
        BadBody(
            #"{"status":"New"}"#, "status",
            "must be one of new, contacted, qualified, converted, disqualified, recycled"),
        BadBody(
            #"{"status":null}"#, "status",
            "must be one of new, contacted, qualified, converted, disqualified, recycled"),
        BadBody(#"{"status":1}"#, "status", "must be a string"),
        BadBody(#"{"tags":{}}"#, "tags", "must be an array of strings"),
        BadBody(#"{"score":1}"#, "score", "is not a known field"),
        BadBody(#"{"version":2}"#, "version", "is not a known field"),
        BadBody(#"{"email":"a@b.c","email":null}"#, "email", "is given twice"),
        BadBody("[]", "body", "must be a JSON object"),
        BadBody(
            #"{"name":null,"consent_flag":false}"#,
            .consentRequired(purpose: .contract, subject: nil)),
    ])
    func `each mistake is refused by its field`(bad: BadBody) {
        #expect(refusal { () throws(Refusal) in _ = try decode(bad.body) } == bad.refusal)
    }
}
