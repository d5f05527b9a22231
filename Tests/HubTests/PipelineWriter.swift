// A client that takes all eight steps of the pipeline, again and again, each time in a trace of its
// own. Every command has an idempotency key and is repeated with it until it is answered.

import Foundation
import Support
import Synchronization

/// A step of the pipeline that was answered.
struct AnsweredStep: Sendable {
    /// The name of the event that it must have caused.
    let eventName: String
    /// The id in the answer: the entity's, or the reported event's.
    let id: String
    /// The trace that it belongs to.
    let traceID: String
    /// Events that must follow from its own, by name, with how many there are.
    let effects: [String: Int]
    /// How often it was sent.
    let attempts: Int
}

/// Takes the steps until it is stopped.
final class PipelineWriter: Sendable {
    /// What happened so far.
    struct Record: Sendable {
        var answered: [AnsweredStep] = []
        /// Traces of the runs that got to their last step.
        var finishedTraces: [String] = []
        /// Answers that no client should get.
        var faults: [String] = []
        /// Attempts that ended without an answer.
        var lostCount = 0
    }

    private let name: String
    private let port: Int
    private let token: String
    private let record = Mutex(Record())
    private let stopsAt = Mutex<Deadline?>(nil)
    private let thread = Mutex<TestThread?>(nil)

    /// Starts.
    init(_ name: String, port: Int, token: String) {
        self.name = name
        self.port = port
        self.token = token
        let started = TestThread { [self] in run() }
        thread.withLock { $0 = started }
    }

    var seen: Record { record.withLock { $0 } }

    /// Begins no other run; the last one still has to be answered within this time.
    func askToStop(withinSeconds seconds: Double) {
        stopsAt.withLock { $0 = Deadline(seconds: seconds) }
    }

    func join() {
        thread.withLock { $0 }?.join()
    }

    private func run() {
        var random = TestSeed.random(name)
        let client = TestClient(port: port, token: token)
        var number = 0
        while stopsAt.withLock({ $0 == nil }) {
            number += 1
            let run = PipelineRun(mark: "\(name)-\(number)", number: number, random: &random)
            takeSteps(of: run, client)
            usleep(UInt32.random(in: 0...20_000, using: &random))
        }
        client.close()
    }

    private func takeSteps(of run: PipelineRun, _ client: TestClient) {
        let checked = ["compliance_checked": 1]
        let scored = ["compliance_checked": 1, "rl_scored": 1]
        let worked = scored.merging(["task_created": 1]) { $1 }
        func take(
            _ path: String, _ body: String, _ name: String, _ effects: [String: Int]
        )
            -> String?
        {
            send(path, body, eventName: name, effects: effects, of: run, client)
        }
        guard let lead = take("/crm/leads", run.lead, "lead_created", worked),
            let opportunity = take(
                "/crm/opportunities", run.opportunity(lead), "opportunity_created", scored),
            let order = take("/logistics/orders", run.order(opportunity), "order_created", worked),
            let decision = take("/bhiv/agent/decide", run.decision(order), "decision_made", [:])
        else { return }
        let denied = checked.merging(run.warns ? run.warning : [:]) { $1 }
        let allowed = scored.merging(run.warns ? run.warning : [:]) { $1 }
        guard
            take(
                "/event/unified", run.report, run.reportName,
                run.hasConsent ? allowed : denied) != nil,
            take(
                "/logistics/delivery", run.delivery(order), "delivery_scheduled",
                ["notification_sent": 1]) != nil,
            take(
                "/task/feedback",
                run.feedback(run.isAboutLead ? "leads/\(lead)" : "decisions/\(decision)"),
                "feedback_received", ["compliance_checked": 1, "rl_updated": 1]) != nil
        else { return }
        // The eighth step changes nothing, so nothing is lost with its answer.
        if let logs = try? client.get("/logs?trace_id=\(run.traceID)"), logs.status != 200 {
            record.withLock { $0.faults.append("\(run.mark): \(logs.status) \(logs.text)") }
        }
        record.withLock { $0.finishedTraces.append(run.traceID) }
    }

    /// Sends a command until it is answered; gives the id in its answer.
    private func send(
        _ path: String, _ body: String, eventName: String, effects: [String: Int],
        of run: PipelineRun, _ client: TestClient
    ) -> String? {
        var attempts = 0
        let headers = [
            ("Idempotency-Key", "key-\(run.mark)-\(eventName)"), ("traceparent", run.traceparent),
        ]
        while stopsAt.withLock({ $0.map { !$0.isOver } ?? true }) {
            attempts += 1
            guard let answer = try? client.post(path, body, headers: headers) else {
                record.withLock { $0.lostCount += 1 }
                usleep(20_000)
                continue
            }
            if answer.status == 503 {
                usleep(20_000)
                continue
            }
            guard (200...202).contains(answer.status), let id = answer.string("id") else {
                record.withLock {
                    $0.faults.append("\(run.mark) \(path): \(answer.status) \(answer.text)")
                }
                return nil
            }
            record.withLock {
                $0.answered.append(
                    AnsweredStep(
                        eventName: eventName, id: id, traceID: run.traceID, effects: effects,
                        attempts: attempts))
            }
            return id
        }
        record.withLock { $0.faults.append("\(run.mark) \(path): not answered in time") }
        return nil
    }
}

/// The bodies of one run through the pipeline.
private struct PipelineRun {
    let mark: String
    let traceID: String
    /// Whether the reported event is one that a rule acts on.
    let warns: Bool
    /// Whether the reported event carries a consent flag; compliance denies it without.
    let hasConsent: Bool
    /// Whether the feedback is about the lead and not the decision.
    let isAboutLead: Bool
    private let region: String
    private let reward: Double

    /// What the rule for a warning does.
    let warning = ["task_created": 1, "notification_sent": 1]

    init(mark: String, number: Int, random: inout SeededRandom) {
        self.mark = mark
        traceID = (0..<4).map { _ in
            let word = String(UInt32.random(in: 1...UInt32.max, using: &random), radix: 16)
            return String(repeating: "0", count: 8 - word.count) + word
        }.joined()
        warns = number.isMultiple(of: 2)
        hasConsent = !number.isMultiple(of: 3)
        isAboutLead = number.isMultiple(of: 4)
        region = ["east", "north", "south", "west"].randomElement(using: &random) ?? "west"
        reward = Double(Int.random(in: -10...10, using: &random)) / 10
    }

    var traceparent: String { "00-\(traceID)-b7ad6b7169203331-01" }
    var reportName: String { warns ? "sla_warning" : "load.reported" }

    var lead: String {
        #"{"name":"\#(mark)","email":"\#(mark)@example.test","company":"\#(region)"}"#
    }

    func opportunity(_ lead: String) -> String {
        #"{"lead_id":"\#(lead)","name":"\#(mark)","value":"12500.00","currency":"INR"}"#
    }

    func order(_ opportunity: String) -> String {
        #"{"opp_id":"\#(opportunity)","currency":"INR","lines":[{"sku":"A-1","quantity":2,"#
            + #""unit_price":"6250.00"}]}"#
    }

    func decision(_ order: String) -> String {
        #"{"subject":"orders/\#(order)","context":{"region":"\#(region)"},"#
            + #""actions":["standard","express","hold"]}"#
    }

    var report: String {
        let flag = hasConsent ? #""consent_flag":true,"# : ""
        return #"{"task_id":"\#(mark)","user_id":"\#(mark)","event_type":"\#(reportName)",\#(flag)"#
            + #""payload":{"level":\#(mark.utf8.count)}}"#
    }

    func delivery(_ order: String) -> String {
        #"{"order_id":"\#(order)","delivery_date":"2026-12-01"}"#
    }

    func feedback(_ subject: String) -> String {
        #"{"subject":"\#(subject)","reward":\#(reward),"comment":"\#(mark)"}"#
    }
}
