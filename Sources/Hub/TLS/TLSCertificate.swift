// A server's certificate with what leads to a root, and its private key, as they stand in PEM
// files (RFC 7468). They are kept as text, so that each loop makes a context of its own of them.

import COpenSSL

/// Why two files are no certificate and its key, as a predicate of the file at fault.
package enum TLSCertificateFault: Error, Equatable {
    case certificate(String)
    case key(String)
}

/// A certificate chain and the key of its first certificate, known to fit.
package struct TLSCertificate: Sendable {
    let chainPEM: [UInt8]
    let keyPEM: [UInt8]
    /// The serial number in hexadecimal, as `openssl x509 -serial` writes it.
    package let serial: String
    /// Whom it is for, as a distinguished name.
    package let subject: String
    /// Until when it is good, in seconds since 1970.
    package let expirySeconds: Int64

    /// Reads a chain, the server's own certificate first, and a key that needs no password.
    package init(chainPEM: [UInt8], keyPEM: [UInt8]) throws(TLSCertificateFault) {
        self.chainPEM = chainPEM
        self.keyPEM = keyPEM
        let context = try TLSContext(chainPEM: chainPEM, keyPEM: keyPEM)
        (serial, subject, expirySeconds) = context.describeCertificate()
    }
}
