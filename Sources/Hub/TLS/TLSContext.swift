// What connections of one thread are made of (SSL_CTX): the rules that all follow, and for a server
// the certificate. A running connection keeps the context that it began with.
//
// Of sessions nothing is kept, neither in a cache nor as tickets: a key for tickets that is good
// for all loops would have to be shared and renewed, and whoever gets it reads what was sent
// before. A handshake by ECDSA costs little more without.

import COpenSSL

/// The rules of TLS connections, for the one thread that made them.
@safe
package final class TLSContext {
    let context: OpaquePointer

    /// With TLS 1.2 these alone, with forward secrecy and authenticated encryption; those of TLS
    /// 1.3 all have both.
    private static let ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20"

    /// A server's context.
    package convenience init(_ certificate: TLSCertificate) throws(TLSCertificateFault) {
        try self.init(chainPEM: certificate.chainPEM, keyPEM: certificate.keyPEM)
    }

    init(chainPEM: [UInt8], keyPEM: [UInt8]) throws(TLSCertificateFault) {
        ERR_clear_error()
        guard let made = unsafe SSL_CTX_new(TLS_server_method()) else {
            throw .certificate("can't be used: \(TLSContext.lastError)")
        }
        unsafe context = made
        unsafe TLSContext.configure(made)
        unsafe tls_speak_http11(made)
        try addCertificates(chainPEM)
        try addKey(keyPEM)
    }

    /// A client's context, which takes any certificate: for tests of load on this machine.
    package init?() {
        guard let made = unsafe SSL_CTX_new(TLS_client_method()) else { return nil }
        unsafe context = made
        unsafe TLSContext.configure(made)
    }

    deinit {
        unsafe SSL_CTX_free(context)
    }

    private static func configure(_ context: OpaquePointer) {
        _ = unsafe tls_set_min_version(context, TLS1_2_VERSION)
        _ = unsafe SSL_CTX_set_cipher_list(context, ciphers)
        // Keys with fewer than 112 bits of security are refused (NIST SP 800-57).
        unsafe SSL_CTX_set_security_level(context, 2)
        // HTTP says itself where a message ends, so an end without a close_notify is one, too
        // (RFC 9112 §9.8).
        _ = unsafe SSL_CTX_set_options(
            context,
            tls_op_no_compression | tls_op_no_renegotiation | tls_op_no_ticket
                | tls_op_ignore_unexpected_eof)
        _ = unsafe SSL_CTX_set_num_tickets(context, 0)
        unsafe tls_set_session_cache_off(context)
        // An idle connection owns no buffer; records are written one by one, from wherever their
        // bytes are by then.
        unsafe tls_set_mode(
            context,
            Int(SSL_MODE_RELEASE_BUFFERS) | Int(SSL_MODE_ENABLE_PARTIAL_WRITE)
                | Int(SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER))
    }

    private func addCertificates(_ pem: [UInt8]) throws(TLSCertificateFault) {
        guard let text = unsafe BIO_new_mem_buf(pem, Int32(clamping: pem.count)) else {
            throw .certificate("can't be read")
        }
        defer { unsafe BIO_free(text) }
        var isFirst = true
        while let certificate = unsafe PEM_read_bio_X509(text, nil, nil, nil) {
            defer { unsafe X509_free(certificate) }
            let isTaken =
                isFirst
                ? unsafe SSL_CTX_use_certificate(context, certificate) == 1
                : unsafe tls_add_chain_certificate(context, certificate) == 1
            guard isTaken else { throw .certificate("can't be used: \(TLSContext.lastError)") }
            isFirst = false
        }
        // The end of the text is an error, too, and says so.
        let reason = ERR_GET_REASON(ERR_peek_last_error())
        guard !isFirst, reason == PEM_R_NO_START_LINE else {
            throw .certificate(
                isFirst && reason == PEM_R_NO_START_LINE
                    ? "has no certificate in PEM" : "can't be read: \(TLSContext.lastError)")
        }
        ERR_clear_error()
    }

    private func addKey(_ pem: [UInt8]) throws(TLSCertificateFault) {
        guard let text = unsafe BIO_new_mem_buf(pem, Int32(clamping: pem.count)) else {
            throw .key("can't be read")
        }
        defer { unsafe BIO_free(text) }
        guard let key = unsafe tls_read_private_key(text) else {
            ERR_clear_error()
            throw .key("has no private key in PEM, or one with a password")
        }
        defer { unsafe EVP_PKEY_free(key) }
        guard unsafe SSL_CTX_use_PrivateKey(context, key) == 1,
            unsafe SSL_CTX_check_private_key(context) == 1
        else {
            let isOther =
                [X509_R_KEY_VALUES_MISMATCH, X509_R_KEY_TYPE_MISMATCH].contains(
                    ERR_GET_REASON(ERR_peek_last_error()))
            throw .key(
                isOther
                    ? "is not the key of the certificate" : "can't be used: \(TLSContext.lastError)"
            )
        }
    }

    /// Serial, subject and expiry of the server's certificate.
    func describeCertificate() -> (serial: String, subject: String, expirySeconds: Int64) {
        guard let certificate = unsafe SSL_CTX_get0_certificate(context) else { return ("", "", 0) }
        var serial = ""
        if let number = unsafe ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nil) {
            var bytes = [UInt8](repeating: 0, count: Int(unsafe BN_num_bits(number) + 7) / 8)
            _ = unsafe BN_bn2bin(number, &bytes)
            unsafe BN_free(number)
            let digits = Array("0123456789ABCDEF".utf8)
            serial = String(
                decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
                as: UTF8.self)
        }
        var name = [CChar](repeating: 0, count: 256)
        _ = unsafe X509_NAME_oneline(
            X509_get_subject_name(certificate), &name, Int32(name.count))
        let subject = String(
            decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var days: Int32 = 0
        var seconds: Int32 = 0
        let epoch = unsafe ASN1_TIME_set(nil, 0)
        _ = unsafe ASN1_TIME_diff(&days, &seconds, epoch, X509_get0_notAfter(certificate))
        unsafe ASN1_STRING_free(epoch)
        return (serial, subject, Int64(days) * 86_400 + Int64(seconds))
    }

    /// Why the last call of this thread failed; forgets it.
    private static var lastError: String {
        defer { ERR_clear_error() }
        guard let text = unsafe ERR_reason_error_string(ERR_peek_last_error()) else {
            return "for an unknown reason"
        }
        return unsafe String(cString: text)
    }
}
