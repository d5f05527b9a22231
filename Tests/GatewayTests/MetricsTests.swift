// The metrics as a scraper reads them.

import Domain
import Testing

@testable import Gateway
@testable import Store

@Suite struct `Metrics text` {
    @Test func `every sample is described once, and histograms add up`() throws {
        let limit = RateLimit(quota: 1, windowSeconds: 60)
        let policies = RatePolicies(default: limit, roles: [.admin: limit])
        let counters = LoopCounters(ratePolicies: policies.all)
        let limiter = RateLimiter(policies, byteCountMax: 65_536)
        for _ in 0..<3 {
            if let rate = limiter.admit(
                .principal("a"), roles: RoleSet([.admin]), atMilliseconds: 0)
            {
                counters.counted(rate)
            }
        }
        counters.proxyRefusals.add(1, to: .malformed)
        counters.handshakesDone.add(2)
        counters.handshakeFaults.add(1, to: .timeout)
        counters.tlsOpen.add(1)
        counters.accepted.add(3)
        counters.requestDurations.add(1, nanoseconds: 150_000)
        counters.requestDurations.add(1, nanoseconds: 99_000_000_000)
        counters.answered(status: 201)
        counters.answered(status: 503)
        var store = StoreCounters()
        store.batches = 9
        store.commitBuckets = [UInt64](repeating: 1, count: 16)
        counters.answered(.decide, status: 200)
        counters.answered(.decide, status: 422)
        var processor = ProcessorReading(name: .workflow)
        processor.isLeased = true
        processor.lagMilliseconds = 1500
        processor.effects = 7
        let lines = Metrics(loops: [counters, LoopCounters(ratePolicies: policies.all)]).text(
            store, processors: [processor],
            model: ModelSnapshot(ModelState(exploration: .standard))
        ).split(separator: "\n")
        var described: Set<Substring> = []
        for line in lines where line.hasPrefix("# TYPE ") {
            #expect(described.insert(line.split(separator: " ")[2]).inserted)
        }
        var samples: Set<Substring> = []
        for line in lines where !line.hasPrefix("#") {
            let parts = line.split(separator: " ")
            #expect(parts.count == 2 && Double(parts[1]) != nil)
            #expect(samples.insert(parts[0]).inserted)
            let name = parts[0].prefix { $0 != "{" }
            let family = ["_bucket", "_sum", "_count"].reduce(name) { name, suffix in
                name.hasSuffix(suffix) ? name.dropLast(suffix.count) : name
            }
            #expect(described.contains(name) || described.contains(family))
        }
        #expect(lines.contains("hub_connections_accepted_total 3"))
        #expect(lines.contains("hub_http_responses_total{class=\"5xx\"} 1"))
        #expect(lines.contains("hub_http_request_duration_seconds_bucket{le=\"0.00025\"} 1"))
        #expect(lines.contains("hub_http_request_duration_seconds_bucket{le=\"+Inf\"} 2"))
        let rates = "hub_rate_limit_requests_total{policy=\"role:admin\",outcome="
        #expect(lines.contains("\(rates)\"passed\"} 1"))
        #expect(lines.contains("\(rates)\"refused\"} 2"))
        #expect(lines.contains("hub_proxy_header_refusals_total{reason=\"malformed\"} 1"))
        #expect(lines.contains("hub_tls_handshakes_total{outcome=\"done\"} 2"))
        #expect(lines.contains("hub_tls_handshakes_total{outcome=\"timeout\"} 1"))
        #expect(lines.contains("hub_tls_connections 1"))
        #expect(!lines.contains { $0.hasPrefix("hub_tls_certificate") }, "there is none")
        #expect(lines.contains("hub_store_batches_total 9"))
        #expect(lines.contains("hub_route_requests_total{route=\"agent.decide\"} 2"))
        #expect(lines.contains("hub_decisions_total 1"))
        #expect(lines.contains("hub_processor_leased{processor=\"workflow\"} 1.0"))
        #expect(lines.contains("hub_processor_lag_seconds{processor=\"workflow\"} 1.5"))
        #expect(lines.contains("hub_processor_effects_total{processor=\"workflow\"} 7.0"))
        #expect(lines.contains("hub_model_version 0"))
        #expect(lines.contains("hub_commit_duration_seconds_bucket{le=\"+Inf\"} 16"))
    }
}
