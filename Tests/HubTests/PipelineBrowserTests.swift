// The whole pipeline in a real browser, as a person does it: each of the eight steps through its
// form, once by mouse and once by keyboard alone. What each step caused is then on the page.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized) struct PipelineBrowserTests {}
}

/// A step of the pipeline: its form, and the event that it publishes.
private struct Step {
    let key: String
    let event: String
    /// What the event is about when it isn't about what the step made.
    let subject: String?

    init(_ key: String, _ event: String, about subject: String? = nil) {
        self.key = key
        self.event = event
        self.subject = subject
    }
}

/// One walk through the steps; what they made is asked of the hub, not of the page.
private struct Walk {
    let visit: BrowserVisit
    private(set) var made: [String: String] = [:]

    var browser: Browser { visit.browser }

    init(_ visit: BrowserVisit) {
        self.visit = visit
    }

    /// Submits by `submit` and expects the answer at the form, and within a second of it the
    /// event in the feed and in the step's count.
    mutating func expect(_ step: Step, _ submit: () throws -> Void) throws {
        let before = try count(step)
        try submit()
        try waitUntil("\(step.key) is answered: \(form(step))") {
            try browser.count("#\(step.key)-result[data-outcome=created]") == 1
        }
        let answered = Date()
        let id = try #require(try browser.text("#\(step.key)-result-id"))
        made[step.key] = id
        let subject = step.subject.flatMap { made[$0] } ?? id
        try waitUntil("\(step.event) about \(subject) is in the feed", timeoutSeconds: 5) {
            try browser.run(
                """
                return [...document.querySelectorAll(
                    '#feed-list > li.event-row[data-type="\(step.event)"] .event-subject')]
                    .some((one) => one.textContent.endsWith('/\(subject)'))
                """
            ).bool == true
        }
        try waitUntil("\(step.key) is counted", timeoutSeconds: 5) {
            try count(step) == before + 1
        }
        let seconds = Date().timeIntervalSince(answered)
        #expect(seconds < 1, "\(step.event) took \(seconds) s")
    }

    private func count(_ step: Step) throws -> Int {
        try browser.attributes("data-count", of: "#tile-\(step.key)").first.flatMap { Int($0) } ?? 0
    }

    /// What the form says, for a failure's report.
    private func form(_ step: Step) -> String {
        (try? browser.text("#\(step.key)-form")) ?? ""
    }

    /// Presses Tab until the element has the focus, as who sees the page would.
    func tab(to id: String) throws {
        for _ in 0..<80 {
            if try browser.focused() == id { return }
            try browser.press(Key.tab)
        }
        throw WebDriverError(description: "Tab does not come to #\(id)")
    }

    /// Goes to a field by Tab and types over what it holds.
    func type(_ text: String, at id: String) throws {
        try tab(to: id)
        try browser.press(text)
    }

    /// From one step's answer to the next step's form: the focus is on the way there.
    func goOn(from key: String) throws {
        try waitUntil("the focus is on the next step") { try browser.focused() == key + "-next" }
        try browser.press(Key.enter)
    }
}

extension EndToEnd.PipelineBrowserTests {
    private static let steps = (
        lead: Step("lead", "lead_created"),
        opportunity: Step("opportunity", "opportunity_created"),
        order: Step("order", "order_created"),
        decision: Step("decision", "decision_made", about: "order"),
        event: Step("event", "sla_warning"),
        delivery: Step("delivery", "delivery_scheduled"),
        feedback: Step("feedback", "feedback_received", about: "decision")
    )

    @Test func `all eight steps are done by mouse, and the page shows what they caused`() throws {
        try BrowserVisit.make(["HUB_PROCESSORS": "all"]) { visit in
            try visit.signIn()
            var walk = Walk(visit)
            try sellByMouse(&walk)
            try followUpByMouse(&walk)
            try expectBranches(walk)
            try expectTasks(walk)
            try expectInbox(walk)
            try expectReasons(walk)
            try expectProcessors(walk)
            try visit.browser.click("#tile-logs")
            try visit.browser.click("#logs-submit")
            try expectStory(walk)
            #expect(try visit.browser.errors() == [])
        }
    }

    @Test func `all eight steps are done by keyboard alone`() throws {
        try BrowserVisit.make(["HUB_PROCESSORS": "all"]) { visit in
            try visit.signIn()
            var walk = Walk(visit)
            try sellByKeyboard(&walk)
            try followUpByKeyboard(&walk)
            try walk.goOn(from: "feedback")
            try walk.tab(to: "logs-submit")
            try visit.browser.press(Key.enter)
            try expectStory(walk)
            // Along the views with the arrow keys.
            try walk.tab(to: "tab-logs")
            try visit.browser.press(Key.right)
            #expect(try visit.browser.focused() == "tab-processors")
            try waitUntil("the processors are shown") {
                try visit.browser.count("#processors:not([hidden]) .processor-row") == 5
            }
            #expect(try visit.browser.errors() == [])
        }
    }

    @Test func `the log grows before one's eyes, unless it is paused`() throws {
        try BrowserVisit.make(["HUB_PROCESSORS": "all"]) { visit in
            try visit.signIn()
            try visit.browser.click("#tab-logs")
            func report(_ type: String) throws {
                let event = #"{"user_id":"u","event_type":"\#(type)","consent_flag":true}"#
                #expect(try visit.hub.post("/event/unified", event).status == 202)
            }
            func count(_ type: String) throws -> Int {
                try visit.browser.count("#logs-list > .log-row[data-type=\(type)]")
            }
            try waitUntil("the log is shown") { try visit.browser.count("#logs-list") == 1 }
            try report("seen_live")
            try waitUntil("three modules wrote of it") { try count("seen_live") == 3 }
            try visit.browser.click("#logs-tail")
            try report("seen_later")
            try report("seen_much_later")
            try waitUntil("it is logged") {
                try visit.hub.get("/logs?event_type=seen_much_later").json["data"].array.count == 3
            }
            #expect(try count("seen_later") == 0)
            try visit.browser.click("#logs-tail")
            try waitUntil("what was missed is there") { try count("seen_later") == 3 }
            try visit.browser.type("seen_alone", into: "#logs-type")
            try waitUntil("nothing matches yet") {
                try visit.browser.count("#logs-list > .log-row") == 0
            }
            for type in ["seen_beside", "seen_alone", "seen_beside"] { try report(type) }
            try waitUntil("what matches comes") { try count("seen_alone") == 3 }
            #expect(try visit.browser.count("#logs-list > .log-row") == 3)
            #expect(try visit.browser.errors() == [])
        }
    }

    @Test func `a page that is loaded again and again stays whole within the rate limit`() throws {
        try BrowserVisit.make(["HUB_RATE_LIMIT": "100/60"]) { visit in
            try visit.signIn()
            for _ in 0..<5 {
                try visit.browser.run("location.reload()").discard()
                try visit.awaitState("live")
                try waitUntil("the lists are there") {
                    try visit.browser.count("#tile-logs[data-count='0']") == 1
                }
            }
            #expect(try visit.browser.attributes("hidden", of: "#load-problem") == [""])
            #expect(try visit.browser.errors() == [])
        }
    }
}

extension EndToEnd.PipelineBrowserTests {
    @Test func `a page that met the rate limit is whole again when it may ask`() throws {
        try BrowserVisit.make(["HUB_RATE_LIMIT": "20/5"]) { visit in
            _ = try visit.hub.makeLead()
            try visit.signIn()
            try waitUntil("the limit is met") {
                try visit.browser.run("location.reload()").discard()
                return try visit.browser.run(
                    """
                    const problem = document.querySelector('#leads-problem:not([hidden])');
                    return Boolean(problem);
                    """
                ).bool == true
            }
            try visit.awaitState("live")
            try waitUntil("everything was read", timeoutSeconds: 20) {
                try visit.browser.count(".problem:not([hidden])") == 0
                    && visit.browser.count(".tile:not([data-count=''])") == 8
            }
            #expect(try visit.browser.count("#leads-list > .lead-row") == 1)
        }
    }
}

// MARK: - By mouse

extension EndToEnd.PipelineBrowserTests {
    private func sellByMouse(_ walk: inout Walk) throws {
        let browser = walk.browser
        try browser.type("Asha Rao", into: "#lead-name")
        try browser.type(Sample.email(), into: "#lead-email")
        try walk.expect(Self.steps.lead) { try browser.click("#lead-submit") }
        try browser.click("#tile-opportunity")
        try browser.type("Annual plan", into: "#opportunity-name")
        try browser.type("12500.00", into: "#opportunity-value")
        try walk.expect(Self.steps.opportunity) { try browser.click("#opportunity-submit") }
        try browser.click("#tile-order")
        try browser.type("A-1", into: "#order-lines-1-sku")
        try browser.type("6250.00", into: "#order-lines-1-unit_price")
        try walk.expect(Self.steps.order) { try browser.click("#order-submit") }
        try browser.click("#tile-decision")
        try walk.expect(Self.steps.decision) { try browser.click("#decision-submit") }
    }

    private func followUpByMouse(_ walk: inout Walk) throws {
        let browser = walk.browser
        try browser.click("#tile-event")
        try walk.expect(Self.steps.event) { try browser.click("#event-submit") }
        try browser.click("#tile-delivery")
        try walk.expect(Self.steps.delivery) { try browser.click("#delivery-submit") }
        try browser.click("#tile-feedback")
        try browser.click("#feedback-rating-5")
        try browser.type("Came early", into: "#feedback-comment")
        try walk.expect(Self.steps.feedback) { try browser.click("#feedback-submit") }
    }
}

// MARK: - By keyboard

extension EndToEnd.PipelineBrowserTests {
    private func sellByKeyboard(_ walk: inout Walk) throws {
        let browser = walk.browser
        try walk.type("Asha Rao", at: "lead-name")
        try walk.type(Sample.email(), at: "lead-email")
        try walk.expect(Self.steps.lead) { try browser.press(Key.enter) }
        try walk.goOn(from: "lead")
        try walk.type("Annual plan", at: "opportunity-name")
        try walk.type("12500.00", at: "opportunity-value")
        try walk.expect(Self.steps.opportunity) { try browser.press(Key.enter) }
        try walk.goOn(from: "opportunity")
        try walk.type("A-1", at: "order-lines-1-sku")
        try walk.type("6250.00", at: "order-lines-1-unit_price")
        try walk.expect(Self.steps.order) { try browser.press(Key.enter) }
        try walk.goOn(from: "order")
        try walk.tab(to: "decision-submit")
        try walk.expect(Self.steps.decision) { try browser.press(Key.enter) }
        try walk.goOn(from: "decision")
    }

    private func followUpByKeyboard(_ walk: inout Walk) throws {
        let browser = walk.browser
        try walk.tab(to: "event-submit")
        try walk.expect(Self.steps.event) { try browser.press(Key.enter) }
        try walk.goOn(from: "event")
        try walk.type("Blue Dart", at: "delivery-carrier")
        try walk.expect(Self.steps.delivery) { try browser.press(Key.enter) }
        try walk.goOn(from: "delivery")
        try walk.tab(to: "feedback-rating-1")
        try browser.press(" " + Key.right + Key.right + Key.right + Key.right)
        #expect(try browser.count("#feedback-rating-5:checked") == 1)
        try walk.type("Came early", at: "feedback-comment")
        try walk.expect(Self.steps.feedback) { try browser.press(Key.enter) }
    }
}

// MARK: - What the page shows of it

extension EndToEnd.PipelineBrowserTests {
    /// The four branches of the reported event end, each with its state.
    private func expectBranches(_ walk: Walk) throws {
        try walk.browser.click("#tile-event")
        var branches: [String] = []
        try waitUntil("all branches are done: \(branches)") {
            branches = try walk.browser.attributes("data-state", of: "#event-result .branch")
            return branches == ["done", "done", "done", "done"]
        }
    }

    /// The rules made a follow-up and a fulfilment task; one is done by its button.
    private func expectTasks(_ walk: Walk) throws {
        let browser = walk.browser
        try browser.click("#tab-tasks")
        let titles = try browser.text("#tasks-list") ?? ""
        #expect(titles.contains("Follow up with Asha Rao"), "\(titles)")
        #expect(titles.contains("Fulfil order"), "\(titles)")
        let open = try browser.count("#tasks-list > .task-row")
        try browser.click("#tasks-list > .task-row [data-act=done]")
        try waitUntil("the task is gone from what is open") {
            try browser.count("#tasks-list > .task-row") == open - 1
        }
        #expect(try browser.text("#tasks-open") == "\(open - 1)")
    }

    /// The delivery was told to its people, and is read by the button.
    private func expectInbox(_ walk: Walk) throws {
        let browser = walk.browser
        try browser.click("#inbox-bell")
        try waitUntil("the delivery is in the inbox") {
            try browser.text("#inbox-list")?.contains("Delivery scheduled") == true
        }
        #expect(try browser.count("#inbox-list > [data-unread=true]") > 0)
        try browser.click("#inbox-read-all")
        try waitUntil("all is read") {
            try browser.count("#inbox-list > [data-unread=true]") == 0
                && browser.attributes("hidden", of: "#inbox-unread") == [""]
        }
    }

    /// The decision says what it chose between and why; feedback has taught the model.
    private func expectReasons(_ walk: Walk) throws {
        let browser = walk.browser
        try browser.click("#tab-decisions")
        let row = "#decisions-list > [data-id='\(walk.made["decision"] ?? "")']"
        try waitUntil("the decision is listed") { try browser.count(row) == 1 }
        try browser.click(row + " summary")
        try waitUntil("each action is shown") {
            try browser.count(row + " .action-row[data-action]") == 3
        }
        #expect(try browser.count(row + " .action-row[data-chosen=true]") == 1)
        #expect(try browser.count(row + " .action-propensity") == 3)
        let text = try browser.text(row + " .decision-body") ?? ""
        #expect(text.contains("spoke for") && text.contains("policy standard"), "\(text)")
        #expect(text.contains("not tried yet"), "\(text)")
        try waitUntil("the model has learned") {
            try browser.count("#feed-list > [data-type=rl_updated]") == 1
        }
    }

    /// Each processor comes to the log's end.
    private func expectProcessors(_ walk: Walk) throws {
        let browser = walk.browser
        try browser.click("#tab-processors")
        try waitUntil("no processor lags") {
            try browser.click("#processors-reload")
            return try browser.run(
                """
                return [...document.querySelectorAll('.processor-row')].map((row) =>
                    row.dataset.state + row.querySelector('.processor-lag').textContent)
                """
            ).strings == Array(repeating: "level0", count: 5)
        }
    }

    /// The log tells the whole walk in its order, by one trace, and what reacted to it.
    private func expectStory(_ walk: Walk) throws {
        let walked = [
            "crm lead_created", "crm opportunity_created", "logistics order_created",
            "bhiv decision_made", "events sla_warning", "logistics delivery_scheduled",
            "task feedback_received",
        ]
        let reactions = [
            "task task_created", "rl lead_created", "compliance sla_warning",
            "workflow sla_warning", "notifications delivery_scheduled", "rl feedback_received",
        ]
        var story: [String] = []
        try waitUntil("the story is whole: \(story)") {
            story = try walk.browser.run(
                """
                return [...document.querySelectorAll('#logs-list[data-story=true] > .log-row')]
                    .map((row) => row.dataset.module + ' ' + row.dataset.type)
                """
            ).strings
            return story.filter(walked.contains) == walked && reactions.allSatisfy(story.contains)
        }
        #expect(try walk.browser.count("#logs:not([hidden])") == 1)
    }
}
