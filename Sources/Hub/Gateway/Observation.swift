// Everything worth noticing, as one closed set: the path emits, the log decides what to do with it.

import Domain
import Store
import Wire

/// Something that the gateway noticed.
package enum GatewayObservation: Sendable {
    /// A request was answered.
    case answered(AnsweredRequest)
    /// A stream began.
    case subscribed(subject: String, path: String, address: String, traceID: String)
    /// A stream was ended for a reason that somebody may ask for.
    case streamEnded(EndedStream)
    /// No file descriptor was free for a new connection.
    case descriptorsExhausted
}

/// One answered request, as a log line shows it.
package struct AnsweredRequest: Sendable {
    package let route: String
    package let method: String
    package let status: Int
    package let code: String?
    package let traceID: String
    package let nanoseconds: Int64
    /// Made a text when it is written.
    let client: IPAddress
    package var address: String { "\(client)" }

    /// Whether the hub failed: a method that nobody knows (501) is its sender's mistake, and would
    /// let strangers fill the log.
    package static func isFailure(_ status: Int) -> Bool { status >= 500 && status != 501 }
}

/// Where observations go; the same for all loops.
package struct Observer: Sendable {
    private let handler: @Sendable (GatewayObservation) -> Void
    /// Whether every request is worth a line, not only the failed ones.
    let observesAll: Bool

    /// An observer that hands everything to a function, which must not block.
    package init(observesAll: Bool, _ handler: @escaping @Sendable (GatewayObservation) -> Void) {
        self.observesAll = observesAll
        self.handler = handler
    }

    func emit(_ observation: GatewayObservation) {
        handler(observation)
    }
}

extension GatewayLoop {
    /// Counts an answer, and tells of it when somebody wants to know.
    func observe(_ exchange: Exchange, _ answer: RenderedAnswer) {
        counters.answered(status: answer.status)
        counters.answered(exchange.route, status: answer.status)
        let took = nowNanoseconds - exchange.startedNanoseconds
        counters.requestDurations.add(1, nanoseconds: took)
        guard observe.observesAll || AnsweredRequest.isFailure(answer.status) else { return }
        observe.emit(
            .answered(
                AnsweredRequest(
                    route: exchange.route.name, method: exchange.method.name,
                    status: answer.status, code: answer.code,
                    traceID: TraceContext(traceparent: exchange.traceparent).traceID,
                    nanoseconds: took, client: exchange.client)))
    }

    /// Tells of a stream that began.
    func observeStream(_ slot: Int, _ admitted: AdmittedRequest) {
        guard observe.observesAll else { return }
        observe.emit(
            .subscribed(
                subject: principals[connections[slot].principal].subject,
                path: admitted.request.path, address: "\(connections[slot].address)",
                traceID: admitted.trace.traceID))
    }
}
