// `/metrics` in the Prometheus text format 0.0.4: the loops' counters summed, the store's, the
// processors' of this instance, and the model that it decides by.

import Domain
import Store
import TLS

/// The metrics of all loops.
final class Metrics: Sendable {
    private let loops: [LoopCounters]
    private let certificateExpiry: CertificateExpiry

    init(loops: [LoopCounters], certificateExpiry: CertificateExpiry = CertificateExpiry()) {
        self.loops = loops
        self.certificateExpiry = certificateExpiry
    }

    /// The exposition.
    ///
    /// A counter that is summed over loops may be read between two updates.
    func text(
        _ store: StoreCounters, processors: [ProcessorReading], model: ModelSnapshot
    ) -> String {
        var output = ""
        appendHTTP(to: &output)
        appendTLS(to: &output)
        appendRoutes(to: &output)
        appendStreams(to: &output)
        appendStore(store, to: &output)
        appendProcessors(processors, to: &output)
        appendModel(model, to: &output)
        return output
    }

    /// What the kernel holds for streams whose readers don't read, as of the last look.
    var outboundBytes: Int { sum { $0.outboundBytes.current } }

    private func sum(_ read: (LoopCounters) -> Int) -> Int { loops.reduce(0) { $0 + read($1) } }

    private func appendHTTP(to output: inout String) {
        Metrics.describe("hub_connections", "gauge", "Open connections.", &output)
        Metrics.sample("hub_connections", "", sum { $0.open.current }, &output)
        Metrics.describe("hub_connections_accepted_total", "counter", "Accepted.", &output)
        Metrics.sample("hub_connections_accepted_total", "", sum { $0.accepted.current }, &output)
        Metrics.describe(
            "hub_connections_refused_total", "counter", "Closed at once: too many.", &output)
        Metrics.sample(
            "hub_connections_refused_total", "", sum { $0.refusedConnections.current }, &output)
        Metrics.describe("hub_http_responses_total", "counter", "Responses by class.", &output)
        let classes: [(String, (LoopCounters) -> Int)] = [
            ("2xx", { $0.responses2xx.current }), ("3xx", { $0.responses3xx.current }),
            ("4xx", { $0.responses4xx.current }), ("5xx", { $0.responses5xx.current }),
        ]
        for (name, read) in classes {
            Metrics.sample("hub_http_responses_total", "{class=\"\(name)\"}", sum(read), &output)
        }
        Metrics.describe("hub_denied_total", "counter", "Refused by gate.", &output)
        let gates: [(String, (LoopCounters) -> Int)] = [
            ("rate_limit", { $0.deniedRateLimit.current }),
            ("authentication", { $0.deniedAuthentication.current }),
            ("authorization", { $0.deniedAuthorization.current }),
            ("consent", { $0.deniedConsent.current }),
        ]
        for (name, read) in gates {
            Metrics.sample("hub_denied_total", "{layer=\"\(name)\"}", sum(read), &output)
        }
        appendRates(to: &output)
        appendHistogram(
            "hub_http_request_duration_seconds", "From a request's last byte to its answer.",
            loops.map(\.requestDurations), to: &output)
    }

    private func appendTLS(to output: inout String) {
        Metrics.describe("hub_tls_connections", "gauge", "Open connections with TLS.", &output)
        Metrics.sample("hub_tls_connections", "", sum { $0.tlsOpen.current }, &output)
        let name = "hub_tls_handshakes_total"
        Metrics.describe(name, "counter", "TLS handshakes by what they came to.", &output)
        Metrics.sample(name, "{outcome=\"done\"}", sum { $0.handshakesDone.current }, &output)
        for fault in TLSHandshakeFault.allCases {
            Metrics.sample(
                name, "{outcome=\"\(fault.rawValue)\"}", sum { $0.handshakeFaults[fault] }, &output)
        }
        guard let expiry = certificateExpiry.current else { return }
        Metrics.describe(
            "hub_tls_certificate_expiry_timestamp_seconds", "gauge",
            "When the certificate runs out, in seconds since 1970.", &output)
        Metrics.sample("hub_tls_certificate_expiry_timestamp_seconds", "", expiry, &output)
    }

    private func appendRates(to output: inout String) {
        let name = "hub_rate_limit_requests_total"
        Metrics.describe(
            name, "counter", "Requests counted, by the policy that decided.", &output)
        for (place, policy) in (loops.first?.ratePolicies ?? []).enumerated() {
            for (outcome, passed) in [("passed", true), ("refused", false)] {
                Metrics.sample(
                    name, "{policy=\"\(policy.name)\",outcome=\"\(outcome)\"}",
                    sum { $0.rates(place, passed: passed) }, &output)
            }
        }
        Metrics.describe(
            "hub_rate_limit_forgotten_total", "counter",
            "Windows given up before their time for want of memory.", &output)
        Metrics.sample(
            "hub_rate_limit_forgotten_total", "", sum { $0.forgottenWindows.current }, &output)
        Metrics.describe(
            "hub_proxy_header_refusals_total", "counter",
            "Connections closed for want of a PROXY header, by why.", &output)
        for refusal in ProxyRefusal.allCases {
            Metrics.sample(
                "hub_proxy_header_refusals_total", "{reason=\"\(refusal.rawValue)\"}",
                sum { $0.proxyRefusals[refusal] }, &output)
        }
    }

    private func appendHistogram(
        _ name: String, _ help: String, _ histograms: [LatencyHistogram],
        to output: inout String
    ) {
        Metrics.describe(name, "histogram", help, &output)
        let counts = histograms.map(\.counts)
        var cumulated = 0
        for (index, bound) in LatencyHistogram.bounds.enumerated() {
            cumulated += counts.reduce(0) { $0 + $1[index] }
            Metrics.sample(
                name + "_bucket", "{le=\"\(Double(bound) / 1_000_000)\"}", cumulated, &output)
        }
        cumulated += counts.reduce(0) { $0 + ($1.last ?? 0) }
        Metrics.sample(name + "_bucket", "{le=\"+Inf\"}", cumulated, &output)
        Metrics.sample(name + "_count", "", cumulated, &output)
        output += "\(name)_sum \(histograms.reduce(0) { $0 + $1.seconds })\n"
    }

    private func appendStreams(to output: inout String) {
        Metrics.describe("hub_streams", "gauge", "Open streams by transport.", &output)
        for transport in StreamTransport.allCases {
            Metrics.sample(
                "hub_streams", "{transport=\"\(transport.rawValue)\"}",
                sum { $0.open(transport) }, &output)
        }
        Metrics.describe("hub_resumes_total", "counter", "Streams by how they began.", &output)
        for outcome in ResumeOutcome.all {
            Metrics.sample(
                "hub_resumes_total", "{outcome=\"\(outcome.name)\"}",
                sum { $0.resumes[outcome] }, &output)
        }
        Metrics.describe(
            "hub_streams_ended_total", "counter", "Streams by why they ended.", &output)
        for reason in EndReason.allCases {
            Metrics.sample(
                "hub_streams_ended_total", "{reason=\"\(reason.name)\"}",
                sum { $0.ends[reason] }, &output)
        }
        let counters: [(String, String, (LoopCounters) -> Int)] = [
            ("hub_streams_opened_total", "Streams begun.", { $0.streamsOpened.current }),
            (
                "hub_streams_refused_total", "Beyond what a principal may have open.",
                { $0.refusedStreams.current }
            ),
            ("hub_delivered_frames_total", "Frames sent whole.", { $0.deliveredFrames.current }),
            ("hub_delivered_bytes_total", "Bytes of frames.", { $0.deliveredBytes.current }),
            ("hub_sends_total", "Sends of frames.", { $0.sends.current }),
            ("hub_short_sends_total", "Sends that a socket cut short.", { $0.shortSends.current }),
        ]
        for (name, help, read) in counters {
            Metrics.describe(name, "counter", help, &output)
            Metrics.sample(name, "", sum(read), &output)
        }
        appendHistogram(
            "hub_delivery_latency_seconds", "From a commit to the send of its events.",
            loops.map(\.deliveries), to: &output)
        appendSlowReaders(to: &output)
        Metrics.describe("hub_log_head", "gauge", "The last position, by loop.", &output)
        for (index, loop) in loops.enumerated() {
            Metrics.sample("hub_log_head", "{loop=\"\(index)\"}", loop.head.current, &output)
        }
    }

    private func appendSlowReaders(to output: inout String) {
        let outcomes: [(String, (LoopCounters) -> Int)] = [
            ("standing", { $0.slowStanding.current }), ("ended", { $0.slowEnded.current }),
            ("skipped", { $0.slowSkipped.current }),
            ("evicted", { $0.slowEvicted.current }),
        ]
        Metrics.describe(
            "hub_slow_readers_total", "counter", "Slow readers by what became of them.", &output)
        for (outcome, read) in outcomes {
            Metrics.sample(
                "hub_slow_readers_total", "{outcome=\"\(outcome)\"}", sum(read), &output)
        }
        Metrics.describe(
            "hub_streams_blocked", "gauge", "Streams whose sockets are full.", &output)
        Metrics.sample(
            "hub_streams_blocked", "", sum { $0.blockedStreams.current }, &output)
        Metrics.describe(
            "hub_streams_behind", "gauge", "Streams with events still before them.", &output)
        Metrics.sample("hub_streams_behind", "", sum { $0.streamsBehind.current }, &output)
        Metrics.describe(
            "hub_stream_lag_positions_max", "gauge", "Positions before the furthest behind.",
            &output)
        Metrics.sample(
            "hub_stream_lag_positions_max", "",
            loops.map { $0.positionsBehindMax.current }.max() ?? 0, &output)
        Metrics.describe(
            "hub_outbound_bytes", "gauge", "Bytes that wait for readers of full sockets.", &output)
        Metrics.sample("hub_outbound_bytes", "", outboundBytes, &output)
    }

    private func appendStore(_ store: StoreCounters, to output: inout String) {
        let counters: [(String, String, UInt64)] = [
            ("hub_store_batches_total", "Batches committed.", store.batches),
            ("hub_store_commands_total", "Commands decided.", store.commands),
            ("hub_store_refusals_total", "Commands refused by a decision.", store.refusals),
            ("hub_store_retries_total", "Batches run again.", store.retries),
            ("hub_store_rollbacks_total", "Transactions rolled back.", store.rollbacks),
            ("hub_store_reconnects_total", "Connections made again.", store.reconnects),
            ("hub_store_reads_total", "Reads answered.", store.reads),
        ]
        for (name, help, value) in counters {
            Metrics.describe(name, "counter", help, &output)
            output += "\(name) \(value)\n"
        }
        Metrics.describe("hub_store_queued_commands", "gauge", "Commands unanswered.", &output)
        output += "hub_store_queued_commands \(store.queuedCommands)\n"
        let name = "hub_commit_duration_seconds"
        Metrics.describe(
            name, "histogram", "From a batch's first statement to its commit.", &output)
        var cumulated: UInt64 = 0
        for (index, bound) in StoreCounters.commitBucketNanoseconds.enumerated()
        where index < store.commitBuckets.count {
            cumulated += store.commitBuckets[index]
            output += "\(name)_bucket{le=\"\(Double(bound) / 1e9)\"} \(cumulated)\n"
        }
        cumulated += store.commitBuckets.last ?? 0
        output += "\(name)_bucket{le=\"+Inf\"} \(cumulated)\n\(name)_count \(cumulated)\n"
        output += "\(name)_sum \(Double(store.commitNanoseconds) / 1e9)\n"
    }

    private func appendRoutes(to output: inout String) {
        let name = "hub_route_requests_total"
        Metrics.describe(name, "counter", "Requests answered, by route.", &output)
        var counts: [String: Int] = [:]
        for route in Route.allCases {
            counts[route.name, default: 0] += loops.reduce(0) { $0 + $1.routes[route] }
        }
        for (route, count) in counts.sorted(by: { $0.key < $1.key }) {
            Metrics.sample(name, "{route=\"\(route)\"}", count, &output)
        }
        Metrics.describe("hub_decisions_total", "counter", "Decisions of the agent.", &output)
        Metrics.sample("hub_decisions_total", "", sum { $0.decisions.current }, &output)
    }

    private func appendProcessors(_ readings: [ProcessorReading], to output: inout String) {
        let families: [(String, String, String, (ProcessorReading) -> Double)] = [
            ("leased", "gauge", "Whether this instance runs it.", { $0.isLeased ? 1 : 0 }),
            ("cursor", "gauge", "The last position dealt with.", { Double($0.cursor) }),
            ("lag_positions", "gauge", "Positions before it.", { Double($0.lagPositions) }),
            (
                "lag_seconds", "gauge", "Age of the oldest event before it.",
                { Double($0.lagMilliseconds) / 1000 }
            ),
            ("steps_total", "counter", "Steps committed.", { Double($0.steps) }),
            ("effects_total", "counter", "Events made.", { Double($0.effects) }),
            ("dead_letters_total", "counter", "Events set aside.", { Double($0.deadLetters) }),
            ("failures_total", "counter", "Steps refused or failed.", { Double($0.failures) }),
        ]
        for (suffix, type, help, read) in families {
            let name = "hub_processor_" + suffix
            Metrics.describe(name, type, help, &output)
            for reading in readings {
                output += "\(name){processor=\"\(reading.name.rawValue)\"} \(read(reading))\n"
            }
        }
    }

    private func appendModel(_ model: ModelSnapshot, to output: inout String) {
        let gauges: [(String, String, UInt64)] = [
            ("hub_model_version", "Updates learned.", model.state.version),
            ("hub_model_position", "The last position folded in.", model.state.position),
            (
                "hub_model_awaiting_feedback", "Decisions and scores remembered.",
                UInt64(model.state.rememberedCount)
            ),
        ]
        for (name, help, value) in gauges {
            Metrics.describe(name, "gauge", help, &output)
            output += "\(name) \(value)\n"
        }
    }

    private static func describe(
        _ name: String, _ type: String, _ help: String, _ output: inout String
    ) {
        output += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private static func sample(
        _ name: String, _ labels: String, _ value: Int, _ output: inout String
    ) {
        output += "\(name)\(labels) \(value)\n"
    }
}
