// One TLS connection on a socket that doesn't block (SSL with SSL_set_fd). Each call is tried once
// and its outcome is a value; the thread's queue of errors is empty before and after. libssl writes
// as to a file, so a program with such connections must ignore SIGPIPE.
//
// What was given to libssl once must be given again until it has left, for a record may be half in
// the socket. A caller's bytes may be others by then: a slow reader is led past what it missed. So
// bytes that were begun count as sent, a copy of them is kept here, at most a record, and it leaves
// before anything else does.

import COpenSSL

/// What a handshake came to.
package enum TLSHandshakeOutcome: Equatable, Sendable {
    case done
    case awaitsBytes
    case awaitsRoom
    case failed(TLSHandshakeFault)
}

/// Why a handshake failed.
package enum TLSHandshakeFault: String, CaseIterable, Sendable {
    /// The peer speaks HTTP without TLS.
    case plainHTTP = "plain_http"
    /// It has no version in common with us.
    case version
    /// It has no cipher, group or signature in common with us.
    case cipher
    /// It offers protocols, and none that we speak (RFC 7301 §3.2).
    case applicationProtocol = "application_protocol"
    /// It sent an alert: it may not trust the certificate.
    case alert
    /// It went away.
    case disconnected
    /// It did not get on in time.
    case timeout
    /// It sent something else.
    case malformed
}

/// What a receive gave.
package enum TLSReceiveOutcome: Equatable, Sendable {
    case bytes(Int)
    case awaitsBytes
    /// Something must be sent before more can be read, and the socket is full.
    case awaitsRoom
    /// The peer has sent its last byte.
    case ended
    case failed
}

/// What a send took.
package enum TLSSendOutcome: Equatable, Sendable {
    /// So many bytes; `holdsRecord` says whether the last of them have still to leave.
    case taken(Int)
    case awaitsRoom
    case failed
}

/// One connection, for the one thread that made it; the socket is the caller's.
@safe
package final class TLSConnection {
    /// Holds the context, too.
    private let ssl: OpaquePointer
    private var isBroken = false
    /// What was given to libssl and has not left yet.
    private var unsentRecord: [UInt8] = []

    /// The most bytes of a record (RFC 8446 §5.1).
    private static let recordBytesMax = 16_384

    /// A server's side; nil when there is no memory.
    package init?(accepting descriptor: Int32, _ context: TLSContext) {
        guard let ssl = unsafe SSL_new(context.context) else { return nil }
        unsafe self.ssl = ssl
        guard unsafe SSL_set_fd(ssl, descriptor) == 1 else { return nil }
        unsafe SSL_set_accept_state(ssl)
    }

    /// A client's side; nil when there is no memory.
    package init?(connecting descriptor: Int32, _ context: TLSContext) {
        guard let ssl = unsafe SSL_new(context.context) else { return nil }
        unsafe self.ssl = ssl
        guard unsafe SSL_set_fd(ssl, descriptor) == 1 else { return nil }
        unsafe SSL_set_connect_state(ssl)
    }

    deinit {
        unsafe SSL_free(ssl)
    }

    /// Goes on with the handshake.
    ///
    /// The C function is `SSL_do_handshake`.
    package func handshake() -> TLSHandshakeOutcome {
        ERR_clear_error()
        let result = unsafe SSL_do_handshake(ssl)
        if result == 1 { return .done }
        switch unsafe SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return .awaitsBytes
        case SSL_ERROR_WANT_WRITE: return .awaitsRoom
        case SSL_ERROR_SSL:
            isBroken = true
            let code = ERR_peek_error()
            ERR_clear_error()
            return .failed(TLSConnection.fault(of: ERR_GET_REASON(code)))
        default:
            isBroken = true
            ERR_clear_error()
            return .failed(.disconnected)
        }
    }

    /// Receives the bytes of at most one record; the buffer has room for one.
    ///
    /// With that nothing that came stays in libssl: what is left is in the socket, and its poller
    /// tells of it. The C function is `SSL_read`.
    package func receive(into buffer: inout [UInt8], at offset: Int = 0) -> TLSReceiveOutcome {
        precondition(buffer.count - offset >= TLSConnection.recordBytesMax)
        guard !isBroken else { return .failed }
        ERR_clear_error()
        let result = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe SSL_read(
                ssl, bytes.baseAddress?.advanced(by: offset),
                Int32(clamping: bytes.count - offset))
        }
        if result > 0 { return .bytes(Int(result)) }
        switch unsafe SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return .awaitsBytes
        case SSL_ERROR_WANT_WRITE: return .awaitsRoom
        case SSL_ERROR_ZERO_RETURN: return .ended
        default: return fail()
        }
    }

    /// Sends a part of a buffer, as records.
    ///
    /// The C function is `SSL_write`.
    package func send(_ bytes: [UInt8], _ range: Range<Int>) -> TLSSendOutcome {
        if let outcome = flush() { return outcome }
        var start = range.lowerBound
        while start < range.upperBound {
            let record = start..<min(range.upperBound, start + TLSConnection.recordBytesMax)
            switch write(bytes, record) {
            case .taken(let count): start += count
            case .awaitsRoom:
                unsentRecord = Array(bytes[record])
                return .taken(record.upperBound - range.lowerBound)
            case .failed: return .failed
            }
        }
        return .taken(range.count)
    }

    /// Whether bytes that were taken have still to leave: `flush` must be called until they have.
    package var holdsRecord: Bool { !unsentRecord.isEmpty }

    /// How many they are.
    package var heldByteCount: Int { unsentRecord.count }

    /// Lets leave what was taken; nil when all has left.
    package func flush() -> TLSSendOutcome? {
        guard !isBroken else { return .failed }
        while !unsentRecord.isEmpty {
            switch write(unsentRecord, unsentRecord.indices) {
            case .taken(let count) where count == unsentRecord.count: unsentRecord = []
            case .taken(let count): unsentRecord.removeFirst(count)
            case .awaitsRoom: return .awaitsRoom
            case .failed: return .failed
            }
        }
        return nil
    }

    /// Says that nothing more will be sent (close_notify); false when the socket is full, and it
    /// must be said again.
    ///
    /// The C function is `SSL_shutdown`.
    package func finishSending() -> Bool {
        guard !isBroken, unsafe SSL_is_init_finished(ssl) == 1 else { return true }
        ERR_clear_error()
        let result = unsafe SSL_shutdown(ssl)
        defer { ERR_clear_error() }
        if result >= 0 { return true }
        return unsafe SSL_get_error(ssl, result) != SSL_ERROR_WANT_WRITE
    }

    private func write(_ bytes: [UInt8], _ range: Range<Int>) -> TLSSendOutcome {
        ERR_clear_error()
        let result = unsafe bytes.withUnsafeBytes { buffer in
            unsafe SSL_write(
                ssl, buffer.baseAddress?.advanced(by: range.lowerBound), Int32(range.count))
        }
        if result > 0 { return .taken(Int(result)) }
        // A write never waits for bytes: that needs a renegotiation, and there is none.
        if unsafe SSL_get_error(ssl, result) == SSL_ERROR_WANT_WRITE { return .awaitsRoom }
        _ = fail()
        return .failed
    }

    private func fail() -> TLSReceiveOutcome {
        isBroken = true
        ERR_clear_error()
        return .failed
    }

    private static func fault(of reason: Int32) -> TLSHandshakeFault {
        switch reason {
        case SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST: .plainHTTP
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_NO_PROTOCOLS_AVAILABLE,
            SSL_R_INAPPROPRIATE_FALLBACK:
            .version
        case SSL_R_NO_SHARED_CIPHER, SSL_R_NO_SHARED_GROUPS, SSL_R_NO_SUITABLE_KEY_SHARE,
            SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
            .cipher
        case SSL_R_NO_APPLICATION_PROTOCOL: .applicationProtocol
        case SSL_R_UNEXPECTED_EOF_WHILE_READING: .disconnected
        // The number of an alert that came stands behind 1000.
        case SSL_AD_REASON_OFFSET...: .alert
        default: .malformed
        }
    }
}
