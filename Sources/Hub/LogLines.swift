// Observations as log lines: the one place that decides how noteworthy each is and how it reads.

import Domain
import Gateway
import Processors
import Store

/// Writes observations to the log.
enum LogLines {
    static func write(_ observation: GatewayObservation, to log: JSONLog) {
        switch observation {
        case .answered(let request):
            var fields: [LogField] = [
                .text("event.action", request.route),
                .text("http.request.method", request.method),
                .number("http.response.status_code", request.status),
                .text("client.address", request.address), .text("trace.id", request.traceID),
                .number("event.duration", Int(request.nanoseconds)),
            ]
            if let code = request.code { fields.append(.text("error.code", code)) }
            let isFailure = AnsweredRequest.isFailure(request.status)
            log.write(isFailure ? .error : .debug, "request", fields)
        case .subscribed(let subject, let path, let address, let traceID):
            log.write(
                .debug, "subscribed",
                [
                    .text("event.action", "events.subscribe"), .text("user.id", subject),
                    .text("url.path", path), .text("client.address", address),
                    .text("trace.id", traceID),
                ])
        case .streamEnded(let stream):
            log.write(
                .info, "a stream was ended",
                [
                    .text("event.action", "stream_ended"), .text("user.id", stream.subject),
                    .text("client.address", stream.address),
                    .text("event.reason", stream.reason),
                    .number("stream.behind", Int(clamping: stream.behind)),
                ])
        case .descriptorsExhausted:
            log.write(
                .error, "no file descriptor is free; raise the limit (ulimit -n)",
                [.text("event.action", "descriptors_exhausted")])
        }
    }

    static func write(_ observation: StoreObservation, to log: JSONLog) {
        switch observation {
        case .connected(let name):
            log.write(.info, "connected to Postgres", fields("connected", ("connection", name)))
        case .lost(let name, let reason):
            log.write(
                .error, "lost Postgres",
                fields("lost", ("connection", name), ("error.message", reason)))
        case .batchFailed(let sqlState, let message, let count):
            log.write(
                .info, "a batch failed and is tried in parts",
                fields("batch_failed", ("error.code", sqlState), ("error.message", message))
                    + [.number("batch.commands", count)])
        case .commitOutcomeUnknown(let count):
            log.write(
                .error, "the outcome of a commit is not known",
                fields("commit_unknown") + [.number("batch.commands", count)])
        case .readFailed(let sqlState, let message):
            log.write(
                .error, "a read failed",
                fields("read_failed", ("error.code", sqlState), ("error.message", message)))
        case .schemaMigrated(let from, let to):
            log.write(
                .info, "the schema was migrated",
                fields("migrated") + [.number("schema.from", from), .number("schema.to", to)])
        case .oldRowsDeleted(let table, let count):
            log.write(
                .info, "old rows were deleted",
                fields("rows_deleted", ("table", table)) + [.number("rows.count", count)])
        case .epochChanged(let from, let to):
            log.write(
                .error, "Postgres holds another log; restart the hub",
                fields("epoch_changed", ("log.epoch.from", from), ("log.epoch.to", to)))
        case .headWentBack(let from, let to):
            log.write(
                .error, "the database was replaced by an older one; restart the hub",
                fields("head_went_back")
                    + [.number("head.from", Int(from)), .number("head.to", Int(to))])
        }
    }

    static func write(_ observation: ProcessorObservation, to log: JSONLog) {
        switch observation {
        case .leased(let name, let cursor):
            log.write(.info, "a processor runs here", processor("leased", name, to: cursor))
        case .lost(let name):
            log.write(.info, "a processor runs elsewhere", processor("lost", name))
        case .stepFailed(let name, let from, let to, let code):
            log.write(
                .error, "a step was refused and is tried in parts",
                processor("step_failed", name, to: to)
                    + [.number("position.from", Int(from)), .text("error.code", code)])
        case .deadLetters(let name, let count, let to):
            log.write(
                .error, "events were set aside",
                processor("dead_letters", name, to: to) + [.number("events.count", count)])
        case .modelLoaded(let position, let version):
            log.write(
                .info, "the saved model was read",
                [
                    .text("event.action", "model.loaded"),
                    .number("position.to", Int(position)), .number("model.version", Int(version)),
                ])
        case .modelUnreadable:
            log.write(
                .error, "the saved model can't be read; it is made anew from the log",
                [.text("event.action", "model.unreadable")])
        }
    }

    static func write(_ observation: SealerObservation, to log: JSONLog) {
        switch observation {
        case .leased(let size):
            log.write(
                .info, "the audit trail is sealed here",
                fields("sealer.leased") + [.number("audit.sealed", Int(clamping: size))])
        case .lost:
            log.write(.info, "the audit trail is sealed elsewhere", fields("sealer.lost"))
        case .failed(let message):
            log.write(
                .error, "the audit trail can't be sealed now",
                fields("sealer.failed", ("error.message", message)))
        case .missing(let number):
            log.write(
                .error, "a row of the audit trail is missing; nothing is sealed beyond it",
                fields("sealer.missing") + [.number("audit.number", Int(clamping: number))])
        case .fileFailed(let message):
            log.write(
                .error, "a checkpoint of the audit trail can't be kept outside of Postgres",
                fields("sealer.file_failed", ("error.message", message)))
        }
    }

    private static func processor(
        _ action: String, _ name: ProcessorName, to position: UInt64? = nil
    ) -> [LogField] {
        var fields: [LogField] = [
            .text("event.action", "processor." + action), .text("processor.name", name.rawValue),
        ]
        if let position { fields.append(.number("position.to", Int(position))) }
        return fields
    }

    static func write(_ observation: ClusterObservation, to log: JSONLog) {
        switch observation {
        case .initialized(let version):
            log.write(
                .info, "a private Postgres was made",
                [.text("event.action", "cluster.initialized"), .text("postgres.version", version)])
        case .started(let process):
            log.write(.info, "the private Postgres was started", cluster("started", process))
        case .adopted(let process):
            log.write(.info, "the private Postgres was running", cluster("adopted", process))
        case .died(let process):
            log.write(.error, "the private Postgres died", cluster("died", process))
        case .startFailed(let reason):
            log.write(
                .error, "the private Postgres can't be started",
                [.text("event.action", "cluster.start_failed"), .text("error.message", reason)])
        case .stopped(let process):
            log.write(.info, "the private Postgres was stopped", cluster("stopped", process))
        }
    }

    private static func cluster(_ action: String, _ process: Int32) -> [LogField] {
        [.text("event.action", "cluster." + action), .number("postgres.pid", Int(process))]
    }

    /// Why the store could not be opened, for a person.
    static func describe(_ failure: StoreFailure) -> String {
        switch failure {
        case .unreachable(let reason): "Postgres can't be reached: \(reason)"
        case .schema(let failure): "the schema can't be used: \(failure)"
        case .malformed(let reason): "the database is not a hub's: \(reason)"
        case .system(let reason): reason
        }
    }

    private static func fields(_ action: String, _ more: (String, String)...) -> [LogField] {
        [.text("event.action", "store." + action)] + more.map { .text($0.0, $0.1) }
    }
}
