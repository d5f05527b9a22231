// The documentation in a real browser: made of the documents that the hub serves, found by words
// and by keyboard, and opened at a problem by the problem's own address.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized) struct DocumentationTests {}
}

extension EndToEnd.DocumentationTests {
    @Test func `it lists every operation, finds by words, and opens at a problem`() throws {
        try BrowserVisit.make(["HUB_PROCESSORS": "none"]) { visit in
            let browser = visit.browser
            let hub = "http://127.0.0.1:\(visit.hub.port)"
            try browser.open(hub + "/docs")
            try waitUntil("the documentation is there") {
                try browser.count("body[data-state=ready]") == 1
            }
            let openAPI = try visit.hub.get("/openapi.json").json
            let problems = openAPI["x-problems"].array.count
            #expect(problems > 50)
            #expect(try browser.count("details[id^=problem-]") == problems)
            for operation in ["createLead", "decide", "endSession", "openAPI"] {
                #expect(try browser.count("details#\(operation)") == 1, "\(operation)")
            }
            // The key leads to the search, whatever has the focus.
            _ = try browser.run(
                "document.dispatchEvent(new KeyboardEvent('keydown', {key: '/', bubbles: true}))")
            #expect(try browser.run("return document.activeElement.id").string == "search")
            try browser.type("duplicate allow", into: "#search")
            #expect(try browser.count("details#createLead:not([hidden])") == 1)
            #expect(try browser.count("details#listOrders:not([hidden])") == 0)
            try browser.click("#createLead > summary")
            #expect(try browser.text("#createLead .entry-body")?.contains("leads.write") == true)

            try browser.open(hub + "/problems/duplicate_lead")
            try waitUntil("the problem is open") {
                try browser.count("#problem-duplicate_lead[open] .entry-body") == 1
            }
            #expect(try browser.errors() == [])
        }
    }
}
