// The load tester against a real hub: short runs come through whole, and one that could never end
// says so and does not begin.

import Foundation
import Support
import Testing

extension Upheaval {
    @Suite(.serialized) struct `Load tests` {
        /// Runs `hub loadtest` on a hub of its own.
        private func loadTest(
            _ arguments: [String], processors: String
        ) throws -> (exitCode: Int32, report: JSON, output: String) {
            let folder = try HubFolder()
            defer { folder.close() }
            let hub = try HubProcess(folder, settings: ["HUB_PROCESSORS": processors])
            let pid = try #require(hub.pid)
            let url = "http://127.0.0.1:\(hub.port)"
            let token = try hub.token(for: "admin")
            let (code, output) = try ChildProcess.run(
                [HubProgram.path, "loadtest"] + arguments
                    + ["--url", url, "--token", token, "--server-pid", "\(pid)"]
                    + ["--json", "--quiet"])
            return (code, JSON(output.utf8), output)
        }

        @Test(arguments: [1, 50])
        func `a run of events follows each to the end of its branches`(batch: Int) throws {
            let (code, report, output) = try loadTest(
                ["events", "--rate", "500", "--batch", "\(batch)", "--duration", "1"]
                    + ["--sample", "20"], processors: "all")
            #expect(code == 0, "\(output)")
            // A machine that stands still for a moment at the end offers a few fewer than 500.
            let published = try #require(report["published"].int)
            #expect(published > 0 && report["answered"].int == published, "\(output)")
            #expect(
                report["log_growth"].int == 3 * published,
                "a check and a score for each: \(output)")
            #expect(report["sampled"].int == 20 && report["unfinished"].int == 0, "\(output)")
        }

        @Test func `a run of events needs somebody who processes them`() throws {
            let (code, _, output) = try loadTest(
                ["events", "--rate", "10", "--duration", "1"], processors: "none")
            #expect(code == 2)
            #expect(output.contains("not every processor runs"), "\(output)")
        }

        @Test func `decisions are measured on a model that has learned`() throws {
            let (code, report, output) = try loadTest(
                ["decisions", "--lessons", "10", "--count", "100", "--duration", "10"],
                processors: "all")
            #expect(code == 0, "\(output)")
            #expect(report["scenario"].string == "decisions")
            #expect(report["succeeded"].int == 100 && report["model_version"].int == 10)
        }

        @Test(arguments: ["sse", "ws"])
        func `after a storm every stream has every event once`(transport: String) throws {
            let (code, report, output) = try loadTest(
                ["storm", "-n", "50", "--behind", "300", "--rate", "50", "--calm", "0.3"]
                    + ["--transport", transport], processors: "none")
            #expect(code == 0, "\(output)")
            #expect(report["caught_up"].int == 50 && report["complete"].int == 50, "\(output)")
            #expect(report["missing"].int == 0 && report["repeats"].int == 0, "\(output)")
        }

        @Test func `a burst comes whole to readers that sleep`() throws {
            let (code, report, output) = try loadTest(
                ["burst", "-n", "20", "--bursts", "2", "--sleep", "1000"], processors: "none")
            #expect(code == 0, "\(output)")
            #expect(report["bursts"].int == 2 && report["late"].int == 0, "\(output)")
            #expect((report["span_max_us"].int ?? 0) > 0, "\(output)")
        }

        @Test func `compressed streams get every event in fewer bytes`() throws {
            let run = ["subscribers", "-n", "10", "--transport", "ws", "--duration", "0.5"]
            let (code, report, output) = try loadTest(run + ["--compressed"], processors: "none")
            #expect(code == 0, "\(output)")
            let plain = try loadTest(run, processors: "none").report
            let bytes = try #require(report["bytes_per_event"].int)
            #expect(bytes * 4 < (plain["bytes_per_event"].int ?? 0) * 3, "\(output)")
        }

        @Test func `a mix of readers has what the log holds, though the hub is killed meanwhile`()
            throws
        {
            let folder = try HubFolder()
            defer { folder.close() }
            let hub = try HubProcess(folder, settings: ["HUB_LOG_MEMORY": "1048576"])
            let report = folder.path + "/report"
            let load = try ChildProcess(
                [HubProgram.path, "loadtest", "mix", "--url", "http://127.0.0.1:\(hub.port)"]
                    + ["--token", try hub.token(for: "admin"), "--duration", "4", "-n", "21"]
                    + ["--slow", "5", "--payload-bytes", "4000", "--json", "--quiet"],
                environment: ChildProcess.plainEnvironment, output: report)
            try waitUntil("readers are there") {
                try hub.client().get("/metrics").text.contains(#"hub_streams{transport="sse"} 0"#)
                    == false
            }
            hub.kill()
            try hub.start()
            let code = try load.waitForExit(timeoutSeconds: 60)
            let text = try String(contentsOfFile: report, encoding: .utf8)
            let result = JSON(text.utf8)
            #expect(code == 0 && result["clean"].bool == true, "\(text)")
            let published = try #require(result["published"].int)
            #expect(published > 100 && result["stored"].int == published, "\(text)")
            #expect((result["opened"].int ?? 0) > 21 && result["incomplete"].int == 0, "\(text)")
        }

        @Test func `readers that never read cost the others no event`() throws {
            let (code, report, output) = try loadTest(
                ["slow", "-n", "5", "--slow", "20", "--rate", "200", "--duration", "1"],
                processors: "none")
            #expect(code == 0, "\(output)")
            #expect(report["published"].int == 400, "\(output)")
        }
    }
}
