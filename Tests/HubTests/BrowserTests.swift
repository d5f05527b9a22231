// The dashboard in a real browser: signed in by a link, it shows what happens while it happens, and
// misses nothing when the hub is killed and comes back.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized) struct BrowserTests {}
}

extension EndToEnd.BrowserTests {
    @Test func `a sign-in link opens a live page and leaves no token in the address`() throws {
        try BrowserVisit.make { visit in
            let browser = visit.browser
            try browser.open("http://127.0.0.1:\(visit.hub.port)/")
            #expect(try browser.run("return document.body.dataset.session").string == "signed-out")
            #expect(try browser.count("#connection[data-state=signed-out]") == 1)
            try visit.signIn()
            #expect(try browser.run("return document.body.dataset.session").string == "signed-in")
            #expect(try !browser.address().contains("token"))
            #expect(try browser.errors() == [])
        }
    }

    @Test func `a lead that is posted elsewhere is on the page within a second`() throws {
        try BrowserVisit.make { visit in
            try visit.signIn()
            for _ in 0..<5 {
                let id = try visit.hub.makeLead(Sample.lead(name: "Asha <b>Rao</b>"))
                let start = Date()
                try waitUntil("the lead is on the page", timeoutSeconds: 5) {
                    try visit.browser.count("#leads-list > li.lead-row[data-lead-id='\(id)']") == 1
                        && visit.browser.count(
                            "#feed-list > li.event-row[data-type=lead_created]") > 0
                }
                let seconds = Date().timeIntervalSince(start)
                #expect(seconds < 1, "it took \(seconds) s")
            }
            #expect(try visit.positions() == [1, 2, 3, 4, 5])
            #expect(
                try visit.browser.text("#leads-list > li.lead-row")?.contains("Asha <b>Rao</b>")
                    == true)
            #expect(try visit.browser.errors() == [])
        }
    }

    @Test func `the form creates a lead, and says what is wrong with the next`() throws {
        try BrowserVisit.make { visit in
            try visit.signIn()
            let browser = visit.browser
            let email = Sample.email()
            try browser.type("Zoë Ward", into: "#lead-name")
            try browser.type(email, into: "#lead-email")
            try browser.click("#lead-submit")
            try waitUntil("the form says created") {
                try browser.count("#lead-result[data-outcome=created]") == 1
            }
            let leads = try visit.hub.get("/crm/leads?email=\(email)").json["data"].array
            #expect(leads.count == 1 && leads[0]["name"].string == "Zoë Ward")
            let id = try #require(leads.first?["id"].string)
            #expect(try browser.count("#leads-list > li.lead-row[data-lead-id='\(id)']") == 1)
            try waitUntil("its event is in the feed") { try visit.positions() == [1] }

            try browser.type("Zoë Again", into: "#lead-name")
            try browser.type(email, into: "#lead-email")
            try browser.click("#lead-submit")
            try waitUntil("the form says duplicate") {
                try browser.count("#lead-result[data-outcome=problem][data-code=duplicate_lead]")
                    == 1
            }
            #expect(try browser.attributes("data-lead-id", of: "#lead-existing") == [id])
            try browser.click("#lead-allow-duplicate")
            try waitUntil("it is created anyway") {
                try browser.count("#lead-result[data-outcome=created]") == 1
            }
            #expect(try visit.hub.get("/crm/leads?email=\(email)").json["data"].array.count == 2)
            #expect(try browser.count("#leads-list > li.lead-row") == 2)
        }
    }

    @Test func `a hub that is killed and comes back costs the page nothing`() throws {
        try BrowserVisit.make { visit in
            try visit.signIn()
            let hub = visit.hub
            for round in 0..<3 {
                for _ in 0..<5 { _ = try hub.makeLead() }
                try waitUntil("the page has round \(round)") {
                    try visit.positions().count == round * 10 + 5
                }
                visit.process.kill()
                try waitUntil("the page notices") {
                    try visit.browser.count("#connection[data-state=live]") == 0
                }
                try visit.process.start()
                // What happens before the page is back must not be missed.
                for _ in 0..<5 { _ = try hub.makeLead() }
                try waitUntil("the page has all of round \(round)", timeoutSeconds: 30) {
                    try visit.positions().count >= round * 10 + 10
                }
            }
            try visit.awaitState("live")
            #expect(try visit.positions() == Array(1...30))
            #expect(try visit.browser.count("#leads-list > li.lead-row") == 30)
            #expect(try visit.browser.attributes("hidden", of: "#notice") == [""])
        }
    }

    @Test func `two tabs and a reload show the same rows`() throws {
        try BrowserVisit.make { visit in
            try visit.signIn()
            for _ in 0..<8 { _ = try visit.hub.makeLead() }
            try waitUntil("the page has them") { try visit.positions() == Array(1...8) }
            try visit.browser.run("location.reload()").discard()
            try visit.awaitState("live")
            try waitUntil("the page has them again") { try visit.positions() == Array(1...8) }
        }
    }

    @Test func `a token that expires signs the page out and says why`() throws {
        try BrowserVisit.make { visit in
            let token = TokenSigner.shared.token(
                subject: "brief", roles: ["sales"], lifetimeSeconds: 10)
            try visit.signIn(token: token)
            try visit.awaitState("signed-out", seconds: 30)
            try waitUntil("the page says why") {
                try visit.browser.text("#sign-in-reason")?.contains("expired") == true
            }
        }
    }

    @Test func `who signs in by name and password stays signed in past tokens and a reload`()
        throws
    {
        let settings = ["HUB_PASSWORD_COST": "8", "HUB_ACCESS_LIFETIME": "4"]
        try BrowserVisit.make(settings) { visit in
            let reply = try visit.hub.post(
                "/admin/users",
                #"{"name":"nora","password":"correct horse battery","roles":["admin"]}"#)
            #expect(reply.status == 201, "\(reply.text)")
            let browser = visit.browser
            try browser.open("http://127.0.0.1:\(visit.hub.port)/")
            try browser.type("nora", into: "#name-input")
            try browser.type("not their password", into: "#password-input")
            try browser.click("#password-submit")
            try waitUntil("the form says that it is wrong") {
                try browser.text("#password-error")?.contains("wrong") == true
            }
            _ = try browser.run("document.getElementById('password-input').value = ''")
            try browser.type("correct horse battery", into: "#password-input")
            try browser.click("#password-submit")
            try visit.awaitState("live")
            #expect(try browser.run("return document.cookie").string == "")

            let seen = try visit.hub.query(
                "SELECT max(generation) FROM user_sessions")
            #expect(seen == [["1"]])
            try waitUntil("the session was renewed, and the page goes on", timeoutSeconds: 20) {
                try visit.hub.query("SELECT max(generation) FROM user_sessions") != seen
            }
            try visit.awaitState("live")
            _ = try visit.hub.makeLead()
            try waitUntil("an event comes") { try visit.positions() == [1] }

            try browser.open("http://127.0.0.1:\(visit.hub.port)/version")
            try browser.open("http://127.0.0.1:\(visit.hub.port)/")
            try visit.awaitState("live")
            try browser.click("#sign-out")
            try visit.awaitState("signed-out")
            try waitUntil("the session is over") {
                try visit.hub.query("SELECT 1 FROM user_sessions WHERE ended_at IS NULL").isEmpty
            }
        }
    }

    @Test func `a viewer who submits the form is told that the role may not`() throws {
        try BrowserVisit.make { visit in
            try visit.signIn(
                token: TokenSigner.shared.token(subject: "vera", roles: ["viewer"]))
            try visit.browser.type("A", into: "#lead-name")
            try visit.browser.click("#lead-submit")
            try waitUntil("the form says forbidden") {
                try visit.browser.count("#lead-result[data-code=forbidden]") == 1
            }
        }
    }
}
