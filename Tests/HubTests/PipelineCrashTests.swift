// A hub that dies at any moment while everything runs: commands, processors, learning. Afterwards
// each command has its event, each event what follows from it, once, and the model is the log's.

import Foundation
import Support
import Testing

extension Upheaval {
    @Suite(.serialized) struct `Pipeline crashes` {
        /// Short leases: those of a hub that died must end within the next one's life.
        private static let settings = ["HUB_PROCESSORS": "all", "HUB_PROCESSOR_LEASE": "1"]

        @Test func `a hub killed again and again does every step and reaction exactly once`()
            throws
        {
            let folder = try HubFolder()
            defer { folder.close() }
            let hub = try HubProcess(folder, settings: Self.settings)
            let token = try hub.token(for: "admin")
            let watch = ProcessorWatch(port: hub.port, token: token)
            let writers = (0..<6).map {
                PipelineWriter("pipeline\($0)", port: hub.port, token: token)
            }
            var random = TestSeed.random("pipeline kills")
            for _ in 0..<13 {
                usleep(UInt32.random(in: 200_000...2_300_000, using: &random))
                hub.kill()
                try hub.start()
            }
            for writer in writers { writer.askToStop(withinSeconds: 20) }
            for writer in writers { writer.join() }
            try waitUntil("the processors are done: \(watch.seen)", timeoutSeconds: 30) {
                watch.seen.isAtRest
            }
            let watched = watch.finish()
            let client = hub.client(token)
            try checkModel(of: hub, token)
            let answered = writers.flatMap(\.seen.answered)
            let ledger = try PipelineLedger(client)
            let lost = writers.reduce(0) { $0 + $1.seen.lostCount }
            print(
                "pipeline killed: \(answered.count) commands, \(lost) answers lost, "
                    + "\(ledger.events.count) events, \(ledger.count("rl_updated")) lessons, "
                    + "\(watched.sampleCount) samples, \(watched.holders.count) lease holders")
            #expect(writers.flatMap(\.seen.faults) == [])
            #expect(watched.faults == [])
            #expect(watched.holders.count >= 4, "leases went from hub to hub")
            #expect(lost >= 13, "a kill that nobody notices tests nothing")
            let probes = ModelProbe.answered(by: ledger)
            #expect(ledger.violations(answered: answered + probes).prefix(8) == [])
            #expect(try client.get("/admin/dead-letters").json["data"].array.isEmpty)
            try checkRows(folder, ledger)
            try checkStories(writers, client)
        }

        @Test(arguments: [true, false])
        func `a hub that is back after a kill reacts at once, long before its leases would end`(
            hasCluster: Bool
        ) throws {
            let folder = try HubFolder()
            defer { folder.close() }
            var settings = ["HUB_PROCESSORS": "all", "HUB_PROCESSOR_LEASE": "3600"]
            let server = hasCluster ? nil : try PostgresServer(folder)
            if let server {
                settings["DATABASE_URL"] = server.connection
                settings["HUB_DATA_DIR"] = folder.path + "/hub"
            }
            let hub = try HubProcess(folder, settings: settings)
            let token = try hub.token(for: "admin")
            for round in 0..<3 {
                let client = hub.client(token)
                let lead = try client.post("/crm/leads", Sample.lead()).json["id"].string ?? ""
                try waitUntil("round \(round) is reacted to", timeoutSeconds: 20) {
                    let page = try client.get(
                        "/events?subject=leads/\(lead)&limit=10",
                        headers: [("Accept", "application/json")])
                    let names = page.json["data"].array.compactMap { $0["type"].string }
                    return ["in.bhiv.compliance_checked", "in.bhiv.rl_scored"].allSatisfy {
                        names.contains($0)
                    }
                }
                hub.kill()
                try hub.start()
            }
        }

        /// The model that has lived through it is the one that another instance makes of the log.
        private func checkModel(of hub: HubProcess, _ token: String) throws {
            let socket = try #require(hub.folder.socketFolder)
            // The other begins with the first event, whatever the live one began with.
            _ = try Psql.rows(socket, "DELETE FROM model_snapshots")
            let other = try HubProcess(hub.folder, settings: ["HUB_PROCESSORS": "none"])
            let live = ModelProbe(hub.client(token))
            let rebuilt = ModelProbe(other.client(token))
            let models = { [live, rebuilt].map { try? $0.model() } }
            try waitUntil("both models are the same: \(models())") {
                try live.model() == rebuilt.model()
            }
            let model = try live.model()
            #expect(model.version > 20, "too little was learned to compare: \(model)")
            for region in ["east", "north", "south", "west", "nowhere"] {
                #expect(try live.scores(region: region) == rebuilt.scores(region: region))
            }
            other.terminate()
            #expect(try other.waitForExit() == 0)
        }

        /// The tables hold as many rows as the log tells of.
        private func checkRows(_ folder: HubFolder, _ ledger: PipelineLedger) throws {
            let socket = try #require(folder.socketFolder)
            for (table, event) in [
                ("leads", "lead_created"), ("opportunities", "opportunity_created"),
                ("orders", "order_created"), ("deliveries", "delivery_scheduled"),
                ("tasks", "task_created"), ("notifications", "notification_sent"),
                ("feedback", "feedback_received"), ("decisions", "decision_made"),
            ] {
                let rows = try Psql.rows(socket, "SELECT count(*) FROM \(table)")
                #expect(rows == ["\(ledger.count(event))"], "\(table)")
            }
        }

        /// The log of a trace tells each event once, in the order in which they happened.
        private func checkStories(_ writers: [PipelineWriter], _ client: TestClient) throws {
            let steps = [
                "lead_created", "opportunity_created", "order_created", "decision_made",
                "delivery_scheduled", "feedback_received",
            ]
            for writer in writers {
                for trace in writer.seen.finishedTraces.prefix(5) {
                    let page = try client.get("/logs?trace_id=\(trace)&limit=100")
                    let told = page.json["data"].array.compactMap { entry -> String? in
                        let name = entry["event_type"].string ?? ""
                        let isOwn = entry["message"].string?.hasPrefix("\(name) ") ?? false
                        return isOwn && steps.contains(name) ? name : nil
                    }
                    #expect(told == steps, "\(page.text)")
                }
            }
        }
    }
}

/// Asks an instance for what its model says.
private struct ModelProbe {
    private let client: TestClient
    /// The trace of the probes, by which they are known in the log.
    private static let traceID = "c0ffee00c0ffee00c0ffee00c0ffee00"

    init(_ client: TestClient) {
        self.client = client
    }

    /// What is shown of a model, without the position: that is where an instance last published it,
    /// and positions that teach nothing may come after it.
    struct Summary: Equatable {
        let version: Int
        let names: [String]
        let awaitingCount: Int?
    }

    /// The state of the model.
    func model() throws -> Summary {
        let model = try client.get("/bhiv/agent/policy").json["model"]
        return Summary(
            version: model["version"].int ?? -1, names: model["names"].strings,
            awaitingCount: model["awaiting_feedback"].int)
    }

    /// Every score, interval and propensity of a decision that teaches nobody, digit by digit.
    func scores(region: String) throws -> String {
        let order = try client.get("/logistics/orders?limit=1").json["data"][0]["id"].string ?? ""
        let body =
            #"{"subject":"orders/\#(order)","context":{"region":"\#(region)"},"mode":"shadow","#
            + #""actions":["standard","express","hold"]}"#
        let answer = try client.post(
            "/bhiv/agent/decide", body,
            headers: [("traceparent", "00-\(ModelProbe.traceID)-b7ad6b7169203331-01")])
        let text = answer.text
        guard answer.status == 200, let start = text.range(of: #""actions":["#),
            let end = text.range(of: #""explanation":"#)
        else { throw ProcessFailure("decide: \(answer.status) \(text)") }
        return String(text[start.lowerBound..<end.lowerBound])
    }

    /// The commands that were probes.
    static func answered(by ledger: PipelineLedger) -> [AnsweredStep] {
        ledger.events.filter { $0.traceID == traceID }.map { event in
            AnsweredStep(
                eventName: event.name, id: event.data["id"].string ?? "", traceID: traceID,
                effects: [:], attempts: 1)
        }
    }
}
