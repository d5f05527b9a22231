// The command line of `hub serve`: a flag for every setting. All are texts here; Configuration
// checks them together with the environment, so that both give the same errors.

import ArgumentParser
import Gateway
import Glibc
import Reactor

/// Flags that say where the data is; `serve`, `migrate`, `token` and `check` share them.
struct DataOptions: ParsableArguments {
    @Option(
        name: .customLong("database-url"),
        help: "Postgres to use; without it a private cluster runs in the data folder.")
    var databaseURL: String?

    @Option(help: "Folder of the private cluster and the token secret (default .hub).")
    var dataDir: String?

    @Option(
        name: .customLong("jwt-secret"),
        help: "Secret that tokens are signed with, 32 bytes or more (made and kept when absent).")
    var jwtSecret: String?

    @Option(
        name: .customLong("jwt-keys"),
        help: "JWK Set whose tokens are taken, too: RS256, ES256 or EdDSA.")
    var jwtKeys: String?

    @Option(name: .customLong("jwt-issuer"), help: "`iss` that tokens must have.")
    var jwtIssuer: String?

    @Option(name: .customLong("jwt-audience"), help: "`aud` that tokens must have.")
    var jwtAudience: String?

    @Option(name: .customLong("postgres-bin"), help: "Folder of initdb and postgres.")
    var postgresBin: String?

    /// The flags that were given.
    var flags: [Setting: String] {
        var flags: [Setting: String] = [:]
        flags[.databaseURL] = databaseURL
        flags[.dataDirectory] = dataDir
        flags[.jwtSecret] = jwtSecret
        flags[.jwtKeys] = jwtKeys
        flags[.jwtIssuer] = jwtIssuer
        flags[.jwtAudience] = jwtAudience
        flags[.postgresBinaries] = postgresBin
        return flags
    }
}

/// Flags of `serve` alone.
struct ServerOptions: ParsableArguments {
    @Option(help: "Address or host name to listen on (default 127.0.0.1).")
    var host: String?

    @Option(help: "Port to listen on; 0 takes a free one, off: TLS alone (default 8005).")
    var port: String?

    @Option(help: "Event loops, one a core (default: cores).")
    var loops: String?

    @Option(help: "Requests per seconds and client, or off (default 100/60).")
    var rateLimit: String?

    @Option(
        help: """
            Issuer whose keys are fetched, as ISS=URL or 'ISS=URL AUDIENCE'; may be given again.
            """)
    var trustedIssuer: [String] = []

    @Option(help: "Seconds between two fetches for keys that nobody knows (default 10).")
    var issuerCooldown: String?

    @Option(help: "Networks that are not public and may be connected to, with commas.")
    var outgoingAllow: [String] = []

    @Option(help: "Seconds that an access token of a session lives (default 900).")
    var accessLifetime: String?

    @Option(help: "Seconds from a sign-in to the end of its session (default 2592000).")
    var sessionLifetime: String?

    @Option(help: "Seconds without a refresh after which a session is over (default 604800).")
    var sessionIdle: String?

    @Option(help: "Seconds in which a lost refresh may be repeated (default 10).")
    var refreshGrace: String?

    @Option(help: "Cost of a password's hash: scrypt with N = 2^cost (default 15).")
    var passwordCost: String?

    @Option(help: "Attempts to sign in with a name from an address, or off (default 5/900).")
    var signInLimit: String?

    @Option(
        name: .customLong("public-url"),
        help: "Where browsers reach the hub: the origin of its own pages.")
    var publicURL: String?

    @Option(help: "Limit of a role, as admin=1000/60 or service=off; may be given again.")
    var rateLimitRole: [String] = []

    @Option(help: "Limit of a route beside that, as 'POST /auth/*=10/60'; may be given again.")
    var rateLimitRoute: [String] = []

    @Option(help: "Bytes for the windows of the rate limit (default 67108864).")
    var rateLimitMemory: String?

    @Option(help: "Addresses and networks of proxies to believe, with commas.")
    var trustedProxies: [String] = []

    @Option(help: "Field that they tell the client in: x-forwarded-for (default) or forwarded.")
    var forwardedHeader: String?

    @Flag(help: "Connections begin with a PROXY header of a trusted proxy; others are closed.")
    var proxyProtocol = false

    @Option(name: .customLong("cors-origins"), help: "Origins that may call with credentials.")
    var corsOrigins: String?

    @Option(help: "Folder of the dashboard's files (default: web, beside the program).")
    var webDir: String?

    @Option(help: "debug, info, warn or error (default info).")
    var logLevel: String?

    @Option(help: "Largest request body in bytes (default 1048576).")
    var maxBody: String?

    @Option(help: "Largest request head in bytes (default 32768).")
    var maxHead: String?

    @Option(help: "Largest WebSocket message in bytes (default 1048576).")
    var maxMessage: String?

    @Option(help: "Connections of one loop (default 1000000).")
    var maxConnections: String?

    @Option(help: "Seconds for a request's head (default 10).")
    var headerTimeout: String?

    @Option(help: "Seconds for a request's body (default 10).")
    var bodyTimeout: String?

    @Option(help: "Seconds between two requests of a connection (default 20).")
    var idleTimeout: String?

    @Option(help: "Seconds that a stopping hub waits for answers (default 10).")
    var drainTimeout: String?

    @Option(help: "Seconds over which a stopping hub ends its streams (default 5).")
    var drainWindow: String?

    @Option(help: "Seconds that a stream lives at most; 0: for ever (default 3600).")
    var streamLifetime: String?

    @Flag(help: "Take over the sockets of the hub that runs in the same data folder.")
    var takeover = false

    @Option(help: "Seconds that a stream may take nothing before it is slow (default 20).")
    var slowTime: String?

    @Option(help: "Bytes the kernel may hold for slow readers; 0: no limit (default 268435456).")
    var outboundMemory: String?

    @Option(help: "Streams that a principal may have open; 0: any number (default 1000).")
    var principalStreams: String?

    @Option(help: "Connections that an address may have open; 0: any number (default 0).")
    var addressConnections: String?

    @Option(help: "Bytes of the log that are kept in memory (default 67108864).")
    var logMemory: String?

    @Option(help: "Processors of this instance: all, none, or a list (default all).")
    var processors: String?

    @Option(help: "Seconds that a lease outlives an instance that is cut off (default 15).")
    var processorLease: String?

    @Option(help: "A signed checkpoint of the audit trail: rows/seconds (default 10000/10).")
    var auditCheckpoint: String?

    @Option(help: "File for checkpoints, outside of Postgres (default audit-checkpoints there).")
    var auditFile: String?

    @Option(help: "Compressed events for subscribers who ask: on or off (default on).")
    var compression: String?

    @Flag(help: "Open /echo, a WebSocket echo without a token, for conformance suites.")
    var echo = false

    @Flag(help: "Fill an empty hub with a made-up business, and print a link that signs in.")
    var demo = false

    /// The flags that were given.
    var flags: [Setting: String] {
        var flags: [Setting: String] = [:]
        flags[.host] = host
        flags[.port] = port
        flags[.loops] = loops
        flags[.rateLimit] = rateLimit
        flags[.trustedIssuers] = ServerOptions.list(trustedIssuer)
        flags[.issuerCooldown] = issuerCooldown
        flags[.outgoingAllow] = ServerOptions.list(outgoingAllow)
        flags[.accessLifetime] = accessLifetime
        flags[.sessionLifetime] = sessionLifetime
        flags[.sessionIdle] = sessionIdle
        flags[.refreshGrace] = refreshGrace
        flags[.passwordCost] = passwordCost
        flags[.signInLimit] = signInLimit
        flags[.publicURL] = publicURL
        flags[.rateLimitRole] = ServerOptions.list(rateLimitRole)
        flags[.rateLimitRoute] = ServerOptions.list(rateLimitRoute)
        flags[.rateLimitMemory] = rateLimitMemory
        flags[.trustedProxies] = ServerOptions.list(trustedProxies)
        flags[.forwardedHeader] = forwardedHeader
        if proxyProtocol { flags[.proxyProtocol] = "true" }
        flags[.corsOrigins] = corsOrigins
        flags[.webDirectory] = webDir
        flags[.logLevel] = logLevel
        flags[.maxBody] = maxBody
        flags[.maxHead] = maxHead
        flags[.maxMessage] = maxMessage
        flags[.maxConnections] = maxConnections
        flags[.headerTimeout] = headerTimeout
        flags[.bodyTimeout] = bodyTimeout
        flags[.idleTimeout] = idleTimeout
        flags[.drainTimeout] = drainTimeout
        flags[.drainWindow] = drainWindow
        flags[.streamLifetime] = streamLifetime
        if takeover { flags[.takeover] = "true" }
        flags[.slowTime] = slowTime
        flags[.outboundMemory] = outboundMemory
        flags[.principalStreams] = principalStreams
        flags[.addressConnections] = addressConnections
        flags[.logMemory] = logMemory
        flags[.processors] = processors
        flags[.processorLease] = processorLease
        flags[.auditCheckpoint] = auditCheckpoint
        flags[.auditFile] = auditFile
        flags[.compression] = compression
        if echo { flags[.echo] = "true" }
        if demo { flags[.demo] = "true" }
        return flags
    }

    /// A flag that was given any number of times, as the environment has it; nil when it was not.
    private static func list(_ values: [String]) -> String? {
        values.isEmpty ? nil : values.joined(separator: ",")
    }
}

/// What the process was given by its surroundings.
enum Surroundings {
    /// The environment variables that are settings.
    static var environment: [String: String] {
        var values: [String: String] = [:]
        for setting in Setting.allCases {
            if let value = unsafe getenv(setting.rawValue) {
                values[setting.rawValue] = unsafe String(cString: value)
            }
        }
        return values
    }

    /// How many cores this process may use.
    static var coreCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}

extension Configuration {
    /// Reads flags and environment; a bad setting ends the program with EX_CONFIG.
    static func read(_ flags: [Setting: String]) throws -> Configuration {
        do throws(ConfigurationError) {
            let reader = SettingReader(flags: flags, environment: Surroundings.environment)
            return try Configuration(reader, coreCount: Surroundings.coreCount)
        } catch {
            throw Failure(exitCode: 78, "\(error)")
        }
    }

    /// The host's address, for which the system is asked.
    func address() throws -> String {
        try Configuration.address(of: host, flag: "--host", .host)
    }

    /// Where HTTPS is spoken, and by which certificate; nil: nowhere.
    func tlsSettings() throws -> TLSSettings? {
        guard let tls else { return nil }
        let address = try Configuration.address(of: tls.host, flag: "--tls-host", .tlsHost)
        do throws(ConfigurationError) {
            return TLSSettings(
                host: address, port: tls.port, certificate: try tls.certificate())
        } catch {
            throw Failure(exitCode: 78, "\(error)")
        }
    }

    private static func address(
        of host: String, flag: String, _ setting: Setting
    ) throws -> String {
        do throws(HostNameFailure) {
            return try HostName.address(of: host)
        } catch {
            let reason = "\(flag): \(host) has no address: \(error.reason)"
            throw Failure(exitCode: 78, "\(ConfigurationError(setting: setting, reason: reason))")
        }
    }

    /// A place as it stands in a link (RFC 3986 §3.2.2).
    static func link(_ scheme: String, _ host: String, _ port: UInt16) -> String {
        let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return "\(scheme)://\(name):\(port)/"
    }
}

/// Why the program ends, and with which code (sysexits.h).
struct Failure: Error {
    let exitCode: Int32
    let message: String

    init(exitCode: Int32, _ message: String) {
        self.exitCode = exitCode
        self.message = message
    }

    /// Says why on the error output, and exits.
    func exit() -> Never {
        let line = Array("hub: \(message)\n".utf8)
        _ = unsafe line.withUnsafeBytes { unsafe Glibc.write(2, $0.baseAddress, $0.count) }
        Glibc.exit(exitCode)
    }
}
