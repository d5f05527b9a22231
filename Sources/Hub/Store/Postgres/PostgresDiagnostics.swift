// libpq's errors as values, and its notices kept off stderr.

import CPostgres

extension PostgresError {
    /// What a failed result says.
    init(_ result: OpaquePointer) {
        func field(_ code: Int32) -> String? {
            unsafe PQresultErrorField(result, code).map { unsafe String(cString: $0) }
        }
        let severity = field(pq_diag_severity()) ?? ""
        self.init(
            sqlState: field(pq_diag_sqlstate()) ?? "",
            message: unsafe field(pq_diag_message()) ?? wholeMessage(of: result),
            constraint: field(pq_diag_constraint()),
            isFatal: severity == "FATAL" || severity == "PANIC")
    }
}

private func wholeMessage(of result: OpaquePointer) -> String {
    guard let text = unsafe PQresultErrorMessage(result) else { return "" }
    return trimmed(unsafe String(cString: text))
}

/// The client library's own last message on a connection, on one line.
func message(of connection: OpaquePointer?) -> String {
    guard let text = unsafe PQerrorMessage(connection) else { return "" }
    let message = trimmed(unsafe String(cString: text))
    return message.isEmpty ? "the connection was closed" : message
}

private func trimmed(_ message: String) -> String {
    message.split(whereSeparator: \.isNewline).joined(separator: " ")
}

/// Drops notices, which libpq prints to stderr otherwise.
func silenceNotices(_ connection: OpaquePointer?) {
    _ = unsafe PQsetNoticeReceiver(connection, ignoreNotice, nil)
}

@c
private func ignoreNotice(_ context: UnsafeMutableRawPointer?, _ result: OpaquePointer?) {}
