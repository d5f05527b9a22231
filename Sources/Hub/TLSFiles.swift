// The files of the certificate and its key: read at the start, and again when SIGHUP says so or
// they have changed. What can't be used then is told to the log, and the old certificate goes on.

import Gateway
import Glibc
import TLS

/// Where HTTPS is spoken, and the files of its certificate.
struct TLSPlace {
    let certificatePath: String
    let keyPath: String
    let host: String
    let port: UInt16

    /// Reads both files.
    func certificate() throws(ConfigurationError) -> TLSCertificate {
        let chain = try TLSPlace.read(certificatePath, of: .tlsCertificate)
        let key = try TLSPlace.read(keyPath, of: .tlsKey)
        do throws(TLSCertificateFault) {
            return try TLSCertificate(chainPEM: chain, keyPEM: key)
        } catch {
            switch error {
            case .certificate(let reason):
                throw ConfigurationError(
                    setting: .tlsCertificate, reason: "\(certificatePath) \(reason)")
            case .key(let reason):
                throw ConfigurationError(setting: .tlsKey, reason: "\(keyPath) \(reason)")
            }
        }
    }

    private static func read(
        _ path: String, of setting: Setting
    ) throws(ConfigurationError) -> [UInt8] {
        guard let bytes = Files.read(path) else {
            let reason = unsafe String(cString: strerror(errno))
            throw ConfigurationError(setting: setting, reason: "\(path) can't be read: \(reason)")
        }
        return bytes
    }
}

extension SettingReader {
    /// Where is listened: plainly, with TLS, or both.
    func ports() throws(ConfigurationError) -> (plain: UInt16?, tls: TLSPlace?) {
        let isPlain = try required(.port) != "off"
        let plain = isPlain ? UInt16(try integer(.port, in: 0...65_535)) : nil
        let tlsPort = UInt16(try integer(.tlsPort, in: 0...65_535))
        switch (text(.tlsCertificate), text(.tlsKey)) {
        case (let certificate?, let key?):
            if let plain, plain == tlsPort, plain != 0 {
                throw ConfigurationError(
                    setting: .tlsPort, reason: "must be another port than HUB_PORT, or that be off")
            }
            let host = try required(.host)
            let place = TLSPlace(
                certificatePath: certificate, keyPath: key, host: text(.tlsHost) ?? host,
                port: tlsPort)
            return (plain, place)
        case (nil, nil):
            guard isPlain else {
                throw ConfigurationError(setting: .port, reason: "off needs HUB_TLS_CERTIFICATE")
            }
            return (plain, nil)
        case (nil, _?):
            throw ConfigurationError(setting: .tlsKey, reason: "needs HUB_TLS_CERTIFICATE")
        case (_?, nil):
            throw ConfigurationError(setting: .tlsCertificate, reason: "needs HUB_TLS_KEY")
        }
    }
}

/// Watches the files while the hub runs.
struct TLSRenewal {
    private let place: TLSPlace
    private let gateway: Gateway
    private let log: JSONLog
    /// The files as they were last read, and as they were at the last look.
    private var read: [FileStamp?]
    private var seen: [FileStamp?]
    private var looksUntilNext = 0

    /// Looks are made every second of the ten in which the caller asks.
    private static let callsPerLook = 10

    /// Begins with files that were just read.
    init(_ place: TLSPlace, stamps: [FileStamp?], gateway: Gateway, log: JSONLog) {
        self.place = place
        self.gateway = gateway
        self.log = log
        read = stamps
        seen = stamps
    }

    /// How both files are now.
    static func stamps(_ place: TLSPlace) -> [FileStamp?] {
        [FileStamp(place.certificatePath), FileStamp(place.keyPath)]
    }

    /// Reads the files again if that is asked for, or if they have changed and stood still since
    /// the look before: a certificate and its key are not written at once.
    mutating func look(isAsked: Bool) {
        looksUntilNext -= 1
        guard isAsked || looksUntilNext <= 0 else { return }
        looksUntilNext = TLSRenewal.callsPerLook
        let now = TLSRenewal.stamps(place)
        defer { seen = now }
        guard isAsked || (now != read && now == seen) else { return }
        read = now
        reload()
    }

    private func reload() {
        do throws(ConfigurationError) {
            let certificate = try place.certificate()
            gateway.replaceCertificate(certificate)
            log.write(
                .info, "the certificate was read again",
                [.text("event.action", "certificate_reloaded")]
                    + TLSRenewal.fields(certificate))
        } catch {
            log.write(
                .error, "the new certificate can't be used; the old one goes on",
                [
                    .text("event.action", "certificate_refused"),
                    .text("error.message", error.description),
                ])
        }
    }

    /// What a certificate is, for a line of the log.
    static func fields(_ certificate: TLSCertificate) -> [LogField] {
        [
            .text("tls.server.x509.serial_number", certificate.serial),
            .text("tls.server.subject", certificate.subject),
            .number("tls.server.not_after_seconds", Int(certificate.expirySeconds)),
        ]
    }
}

/// What tells a file from one that was there before.
struct FileStamp: Equatable {
    private let device: UInt
    private let inode: UInt
    private let size: Int
    private let seconds: Int
    private let nanoseconds: Int

    /// The file at a path, behind any links; nil when there is none.
    init?(_ path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        device = status.st_dev
        inode = status.st_ino
        size = status.st_size
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
    }
}
