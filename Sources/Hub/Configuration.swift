// Every setting, once: flag, environment variable, default, meaning. `hub serve --help` and the
// README's table show the same names. A flag wins over the environment, that over the default.

import Domain
import Gateway
import Processors
import Wire

/// One setting of `hub serve`.
enum Setting: String, CaseIterable {
    case host = "HUB_HOST"
    case port = "HUB_PORT"
    case tlsCertificate = "HUB_TLS_CERTIFICATE"
    case tlsKey = "HUB_TLS_KEY"
    case tlsHost = "HUB_TLS_HOST"
    case tlsPort = "HUB_TLS_PORT"
    case tlsHandshakes = "HUB_TLS_HANDSHAKES"
    case hsts = "HUB_HSTS"
    case databaseURL = "DATABASE_URL"
    case dataDirectory = "HUB_DATA_DIR"
    case loops = "HUB_LOOPS"
    case rateLimit = "HUB_RATE_LIMIT"
    case rateLimitRole = "HUB_RATE_LIMIT_ROLE"
    case rateLimitRoute = "HUB_RATE_LIMIT_ROUTE"
    case rateLimitMemory = "HUB_RATE_LIMIT_MEMORY"
    case trustedProxies = "HUB_TRUSTED_PROXIES"
    case forwardedHeader = "HUB_FORWARDED_HEADER"
    case proxyProtocol = "HUB_PROXY_PROTOCOL"
    case jwtSecret = "HUB_JWT_SECRET"
    case jwtKeys = "HUB_JWT_KEYS"
    case jwtIssuer = "HUB_JWT_ISSUER"
    case jwtAudience = "HUB_JWT_AUDIENCE"
    case trustedIssuers = "HUB_TRUSTED_ISSUER"
    case issuerCooldown = "HUB_ISSUER_COOLDOWN"
    case outgoingAllow = "HUB_OUTGOING_ALLOW"
    case accessLifetime = "HUB_ACCESS_LIFETIME"
    case sessionLifetime = "HUB_SESSION_LIFETIME"
    case sessionIdle = "HUB_SESSION_IDLE"
    case refreshGrace = "HUB_REFRESH_GRACE"
    case passwordCost = "HUB_PASSWORD_COST"
    case signInLimit = "HUB_SIGN_IN_LIMIT"
    case publicURL = "HUB_PUBLIC_URL"
    case corsOrigins = "HUB_CORS_ORIGINS"
    case webDirectory = "HUB_WEB_DIR"
    case logLevel = "HUB_LOG_LEVEL"
    case maxBody = "HUB_MAX_BODY"
    case maxHead = "HUB_MAX_HEAD"
    case maxMessage = "HUB_MAX_MESSAGE"
    case maxConnections = "HUB_MAX_CONNECTIONS"
    case headerTimeout = "HUB_HEADER_TIMEOUT"
    case bodyTimeout = "HUB_BODY_TIMEOUT"
    case idleTimeout = "HUB_IDLE_TIMEOUT"
    case drainTimeout = "HUB_DRAIN_TIMEOUT"
    case drainWindow = "HUB_DRAIN_WINDOW"
    case streamLifetime = "HUB_STREAM_LIFETIME"
    case takeover = "HUB_TAKEOVER"
    case slowTime = "HUB_SLOW_TIME"
    case outboundMemory = "HUB_OUTBOUND_MEMORY"
    case principalStreams = "HUB_PRINCIPAL_STREAMS"
    case addressConnections = "HUB_ADDRESS_CONNECTIONS"
    case logMemory = "HUB_LOG_MEMORY"
    case processors = "HUB_PROCESSORS"
    case processorLease = "HUB_PROCESSOR_LEASE"
    case auditCheckpoint = "HUB_AUDIT_CHECKPOINT"
    case auditFile = "HUB_AUDIT_FILE"
    case compression = "HUB_COMPRESSION"
    case echo = "HUB_ECHO"
    case demo = "HUB_DEMO"
    case postgresBinaries = "HUB_POSTGRES_BIN"

    /// What holds when nobody says otherwise; empty where there is none.
    var defaultText: String {
        switch self {
        case .host: "127.0.0.1"
        case .port: "8005"
        case .tlsPort: "8443"
        case .tlsHandshakes: "1000"
        case .hsts: "31536000"
        case .dataDirectory: ".hub"
        case .rateLimit: "100/60"
        case .accessLifetime: "900"
        case .sessionLifetime: "2592000"
        case .sessionIdle: "604800"
        case .refreshGrace: "10"
        case .passwordCost: "15"
        case .signInLimit: "5/900"
        case .logLevel: "info"
        case .maxBody, .maxMessage: "1048576"
        case .maxHead: "32768"
        case .maxConnections: "1000000"
        case .headerTimeout, .bodyTimeout, .drainTimeout: "10"
        case .idleTimeout, .slowTime: "20"
        case .outboundMemory: "268435456"
        case .principalStreams: "1000"
        case .addressConnections: "0"
        case .logMemory, .rateLimitMemory: "67108864"
        case .forwardedHeader: "x-forwarded-for"
        case .processors: "all"
        case .processorLease: "15"
        case .issuerCooldown: "10"
        case .auditCheckpoint: "10000/10"
        case .compression: "on"
        case .drainWindow: "5"
        case .streamLifetime: "3600"
        case .demo, .echo, .takeover, .proxyProtocol: "false"
        case .databaseURL, .loops, .jwtSecret, .jwtKeys, .jwtIssuer, .jwtAudience,
            .trustedIssuers, .outgoingAllow, .publicURL, .corsOrigins, .webDirectory,
            .postgresBinaries, .rateLimitRole, .rateLimitRoute, .trustedProxies, .auditFile,
            .tlsCertificate, .tlsKey, .tlsHost:
            ""
        }
    }
}

/// A setting that can't be used, and why.
struct ConfigurationError: Error, CustomStringConvertible {
    let setting: Setting
    let reason: String

    var description: String { "\(setting.rawValue): \(reason)" }
}

/// Reads settings: the flag, else the environment, else the default.
struct SettingReader {
    let flags: [Setting: String]
    let environment: [String: String]

    /// The text of a setting; nil when it is empty everywhere.
    func text(_ setting: Setting) -> String? {
        let text = flags[setting] ?? environment[setting.rawValue] ?? setting.defaultText
        return text.isEmpty ? nil : text
    }

    /// A setting that has a default.
    func required(_ setting: Setting) throws(ConfigurationError) -> String {
        guard let text = text(setting) else {
            throw ConfigurationError(setting: setting, reason: "must not be empty")
        }
        return text
    }

    /// Yes or no.
    func flag(_ setting: Setting) throws(ConfigurationError) -> Bool {
        switch try required(setting) {
        case "true", "on": return true
        case "false", "off": return false
        default:
            throw ConfigurationError(setting: setting, reason: "must be true or false, on or off")
        }
    }

    /// So many in so many seconds; nil: any number.
    func rate(_ setting: Setting) throws(ConfigurationError) -> RateLimit? {
        let text = try required(setting)
        if text == "off" { return nil }
        guard let limit = RateLimit(text) else {
            throw ConfigurationError(
                setting: setting, reason: "must be like 100/60 (requests/seconds), or off")
        }
        return limit
    }

    /// A whole number in a range.
    func integer(_ setting: Setting, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
        guard let number = Int(try required(setting)), range.contains(number) else {
            throw ConfigurationError(
                setting: setting,
                reason: "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}

/// The settings of one hub, checked.
struct Configuration {
    let host: String
    /// Where HTTP is spoken plainly; nil: nowhere.
    let port: UInt16?
    /// Where it is spoken with TLS; nil: nowhere.
    let tls: TLSPlace?
    let strictTransportSeconds: Int
    /// A libpq connection string; nil: a private cluster in the data folder.
    let databaseURL: String?
    let dataDirectory: String
    let postgresBinaries: String?
    let loopCount: Int
    let jwtSecret: String?
    /// The path of a JWK Set.
    let jwtKeys: String?
    let jwtIssuer: String?
    let jwtAudience: String?
    /// Programs whose keys are fetched.
    let trustedIssuers: [IssuerSetting]
    let issuerCooldownMilliseconds: Int64
    /// Where the hub itself may connect to.
    let outgoing: OutgoingGuard
    let sessions: SessionRules
    let accessLifetimeSeconds: Int64
    let passwordCost: Int
    let signInLimit: RateLimit?
    /// Where browsers reach the hub; nil: where it listens.
    let publicOrigin: WebOrigin?
    let corsOrigins: [String]
    let webDirectory: String?
    let logLevel: LogLevel
    let limits: Limits
    /// Proxies whose word on whom requests come from is taken.
    let trustedProxies: TrustedProxies
    /// Whether every connection begins with a PROXY header.
    let expectsProxyHeader: Bool
    /// The processors that run here when their leases are free.
    let processors: [ProcessorName]
    /// How long their leases last.
    let processorLeaseSeconds: Int
    /// Whether this instance seals the audit trail when no other does.
    let seals: Bool
    /// After how many rows, and after how many seconds with new ones, there is a checkpoint.
    let auditCheckpointRows: Int
    let auditCheckpointSeconds: Int
    /// Where checkpoints are kept outside of Postgres.
    let auditFile: String

    /// Whether what subscribers are sent is compressed where they ask for it.
    let compresses: Bool
    /// Whether `/echo` is open.
    let opensEcho: Bool
    /// Whether the sockets of a hub that runs in the same data folder are taken over.
    let takesOver: Bool
    /// Whether an empty hub is filled with a made-up business.
    let isDemo: Bool

    /// Checks all settings; the first bad one is named.
    init(_ reader: SettingReader, coreCount: Int) throws(ConfigurationError) {
        host = try reader.required(.host)
        (port, tls) = try reader.ports()
        strictTransportSeconds = try reader.integer(.hsts, in: 0...315_360_000)
        databaseURL = reader.text(.databaseURL)
        dataDirectory = try reader.required(.dataDirectory)
        postgresBinaries = reader.text(.postgresBinaries)
        loopCount =
            reader.text(.loops) == nil ? coreCount : try reader.integer(.loops, in: 1...256)
        jwtSecret = reader.text(.jwtSecret)
        if let jwtSecret, jwtSecret.utf8.count < 32 {
            throw ConfigurationError(
                setting: .jwtSecret, reason: "must have at least 32 bytes (RFC 7518 §3.2)")
        }
        jwtKeys = reader.text(.jwtKeys)
        jwtIssuer = reader.text(.jwtIssuer)
        if jwtKeys != nil, jwtIssuer == nil {
            // An issuer signs for other programs with the same keys (RFC 8725 §3.8).
            throw ConfigurationError(setting: .jwtKeys, reason: "needs HUB_JWT_ISSUER")
        }
        jwtAudience = reader.text(.jwtAudience)
        trustedIssuers = try reader.trustedIssuers()
        issuerCooldownMilliseconds =
            Int64(try reader.integer(.issuerCooldown, in: 1...3600)) * 1000
        outgoing = try reader.outgoingGuard()
        sessions = try Configuration.sessions(reader)
        accessLifetimeSeconds = Int64(
            try reader.integer(.accessLifetime, in: 1...Int(OwnKeys.tokenSecondsMax)))
        passwordCost = try reader.integer(.passwordCost, in: PasswordHash.costs)
        signInLimit = try reader.rate(.signInLimit)
        publicOrigin = try reader.text(.publicURL).map { text throws(ConfigurationError) in
            guard let origin = WebOrigin(text) else {
                throw ConfigurationError(
                    setting: .publicURL, reason: "must be like https://hub.example.test")
            }
            return origin
        }
        corsOrigins = reader.text(.corsOrigins)?.split(separator: ",").map(String.init) ?? []
        webDirectory = reader.text(.webDirectory)
        guard let level = LogLevel(rawValue: try reader.required(.logLevel)) else {
            throw ConfigurationError(
                setting: .logLevel, reason: "must be debug, info, warn or error")
        }
        logLevel = level
        limits = try Configuration.limits(reader)
        trustedProxies = try reader.trustedProxies()
        expectsProxyHeader = try reader.proxyProtocol(from: trustedProxies)
        compresses = try reader.flag(.compression)
        opensEcho = try reader.flag(.echo)
        takesOver = try reader.flag(.takeover)
        isDemo = try reader.flag(.demo)
        guard let selection = ProcessorSelection(try reader.required(.processors)) else {
            let known = ProcessorSelection.known.joined(separator: ",")
            throw ConfigurationError(
                setting: .processors, reason: "must be all, none, or some of \(known)")
        }
        processors = selection.names
        seals = selection.seals
        processorLeaseSeconds = try reader.integer(.processorLease, in: 1...3600)
        (auditCheckpointRows, auditCheckpointSeconds) = try Configuration.checkpoint(reader)
        let folder = dataDirectory
        auditFile = reader.text(.auditFile) ?? folder + "/audit-checkpoints"
    }

    /// What is allowed and probably not meant.
    var warnings: [String] {
        var warnings: [String] = []
        if !trustedProxies.isEmpty, publicOrigin == nil {
            warnings.append(
                "\(Setting.trustedProxies.rawValue) is set without "
                    + "\(Setting.publicURL.rawValue): whether browsers use https is taken from "
                    + "what a proxy writes")
        }
        return warnings
    }

    private static func checkpoint(
        _ reader: SettingReader
    ) throws(ConfigurationError) -> (rows: Int, seconds: Int) {
        let numbers = try reader.required(.auditCheckpoint)
            .split(separator: "/", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard numbers.count == 2, (1...1_000_000_000).contains(numbers[0]),
            (1...86_400).contains(numbers[1])
        else {
            throw ConfigurationError(
                setting: .auditCheckpoint, reason: "must be like 10000/10 (rows/seconds)")
        }
        return (numbers[0], numbers[1])
    }

    private static func limits(_ reader: SettingReader) throws(ConfigurationError) -> Limits {
        var limits = Limits()
        limits.http.bodyBytesMax = try reader.integer(.maxBody, in: 1024...1_073_741_824)
        limits.http.headBytesMax = try reader.integer(.maxHead, in: 1024...65_535)
        limits.messageBytesMax = try reader.integer(.maxMessage, in: 1024...1_073_741_824)
        limits.handshakesMax = try reader.integer(.tlsHandshakes, in: 1...100_000_000)
        limits.connectionsMax = try reader.integer(.maxConnections, in: 1...100_000_000)
        limits.headerTimeoutMilliseconds =
            Int64(try reader.integer(.headerTimeout, in: 1...3600)) * 1000
        limits.bodyTimeoutMilliseconds =
            Int64(try reader.integer(.bodyTimeout, in: 1...3600)) * 1000
        limits.idleTimeoutMilliseconds =
            Int64(try reader.integer(.idleTimeout, in: 1...86_400)) * 1000
        limits.drainMilliseconds = Int64(try reader.integer(.drainTimeout, in: 1...3600)) * 1000
        limits.drainWindowMilliseconds =
            Int64(try reader.integer(.drainWindow, in: 0...3600)) * 1000
        limits.streamLifetimeSeconds = try reader.integer(.streamLifetime, in: 0...31_536_000)
        limits.slowMilliseconds = Int64(try reader.integer(.slowTime, in: 1...86_400)) * 1000
        limits.outboundBytesMax = try reader.integer(.outboundMemory, in: 0...1_099_511_627_776)
        limits.principalStreamsMax = try reader.integer(
            .principalStreams, in: 0...100_000_000)
        limits.addressConnectionsMax = try reader.integer(
            .addressConnections, in: 0...100_000_000)
        limits.logBytesMax = try reader.integer(.logMemory, in: 1_048_576...1_099_511_627_776)
        limits.rates = try reader.ratePolicies()
        limits.rateLimitBytesMax = try reader.integer(
            .rateLimitMemory, in: 65_536...1_099_511_627_776)
        return limits
    }

    private static func sessions(
        _ reader: SettingReader
    ) throws(ConfigurationError) -> SessionRules {
        var rules = SessionRules()
        rules.lifetimeSeconds = Int64(try reader.integer(.sessionLifetime, in: 1...315_360_000))
        rules.idleSeconds = Int64(try reader.integer(.sessionIdle, in: 1...315_360_000))
        rules.graceSeconds = Int64(try reader.integer(.refreshGrace, in: 0...300))
        return rules
    }
}
