// What comes before a run of decisions: a lead to decide about, and decisions with their rewards,
// so that what is measured is a model that has learned and not an empty one.

import Reactor
import Wire

/// Teaches the model of a server.
struct DecisionLessons: ~Copyable {
    private static let waitNanoseconds: Int64 = 10_000_000_000
    private var query: QueryConnection
    /// The lead that decisions are about.
    let subject: String
    /// What the model had learned at the end.
    private(set) var modelVersion = 0

    /// Creates the lead.
    init(_ options: borrowing CommandsOptions, runName: String) throws(LoadTestError) {
        var query = try QueryConnection(target: options.target, token: options.token)
        let lead = try query.post(
            "/crm/leads",
            #"{"name":"Load Test","email":"\#(runName)-decisions@loadtest.test","company":"Acme"}"#)
        guard lead.status == 201, let id = lead.text("id") else {
            throw .unreachable("POST /crm/leads answered \(lead.status)")
        }
        subject = "leads/" + id
        self.query = query
    }

    /// Takes so many decisions, rewards each, and waits until the model has learned.
    mutating func teach(_ count: Int) throws(LoadTestError) {
        let before = try version()
        for number in 0..<count {
            let decision = try query.post(
                "/bhiv/agent/decide", DecisionLessons.body(subject: subject, number: number))
            guard decision.status == 200, let id = decision.text("id") else {
                throw .unreachable("POST /bhiv/agent/decide answered \(decision.status)")
            }
            let reward = number % 3 == 0 ? "-0.5" : "0.8"
            let feedback = try query.post(
                "/task/feedback", #"{"subject":"decisions/\#(id)","reward":\#(reward)}"#)
            guard feedback.status == 201 else {
                throw .unreachable("POST /task/feedback answered \(feedback.status)")
            }
        }
        // Without a scorer nothing is ever learned; then an empty model is measured, and said.
        let end = Clock.monotonicNanoseconds() + DecisionLessons.waitNanoseconds
        repeat {
            modelVersion = try version()
        } while modelVersion < before + count && Clock.monotonicNanoseconds() < end
    }

    private mutating func version() throws(LoadTestError) -> Int {
        try query.get("/bhiv/agent/policy").integer("model", "version") ?? 0
    }

    /// The body of a decision; contexts differ from one to the next.
    static func body(subject: String, number: Int) -> String {
        let region = ["east", "north", "south", "west"][number % 4]
        return
            #"{"subject":"\#(subject)","context":{"region":"\#(region)","value":\#(number % 97),"#
            + #""hour":\#(number % 24)},"actions":["call","email","wait"]}"#
    }
}
