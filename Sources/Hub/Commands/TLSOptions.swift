// The flags of `hub serve` for TLS.

import ArgumentParser

/// Flags that say whether and how HTTPS is spoken.
struct TLSOptions: ParsableArguments {
    @Option(
        name: .customLong("tls-certificate"),
        help: "PEM file of a certificate and its chain: HTTPS is spoken, too.")
    var certificate: String?

    @Option(name: .customLong("tls-key"), help: "PEM file of the certificate's private key.")
    var key: String?

    @Option(name: .customLong("tls-host"), help: "Address for HTTPS (default: that of --host).")
    var host: String?

    @Option(name: .customLong("tls-port"), help: "Port for HTTPS (default 8443).")
    var port: String?

    @Option(
        name: .customLong("tls-handshakes"),
        help: "TLS handshakes of one loop that may be under way (default 1000).")
    var handshakes: String?

    @Option(help: "Seconds for which browsers keep to HTTPS; 0: not told (default 31536000).")
    var hsts: String?

    /// The flags that were given.
    var flags: [Setting: String] {
        var flags: [Setting: String] = [:]
        flags[.tlsCertificate] = certificate
        flags[.tlsKey] = key
        flags[.tlsHost] = host
        flags[.tlsPort] = port
        flags[.tlsHandshakes] = handshakes
        flags[.hsts] = hsts
        return flags
    }
}
