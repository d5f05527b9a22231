// `hub serve`: puts the parts together in the order in which they need each other, and takes them
// apart in the reverse order. Everything else is in the targets.

import ArgumentParser
import Domain
import EventLog
import Gateway
import Glibc
import Processors
import Reactor
import Store

/// Runs the server until SIGINT or SIGTERM; it ends with 0, or with 143 when it was still starting.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the hub.",
        discussion: "Every flag is also an environment variable; the README lists them.")

    @OptionGroup var data: DataOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var tls: TLSOptions

    func run() throws {
        Descriptor.prepare()
        do {
            let flags = data.flags.merging(server.flags) { $1 }.merging(tls.flags) { $1 }
            let configuration = try Configuration.read(flags)
            let address = try configuration.address()
            let files = try Dashboard.load(configuration.webDirectory)
            let stamps = configuration.tls.map(TLSRenewal.stamps)
            let tlsSettings = try configuration.tlsSettings()
            let signals = try Signals(hearsHangUp: configuration.tls != nil)
            let log = try JSONLog(level: configuration.logLevel)
            defer { log.close() }
            for warning in configuration.warnings {
                log.write(.warn, warning, [.text("event.action", "configuration")])
            }
            let server = Server(
                configuration, address: address, tls: tlsSettings,
                tokenKeys: try TokenKeyFile.read(configuration), files: files, log: log)
            try server.run(until: signals, certificateStamps: stamps ?? [])
        } catch let failure as Failure {
            failure.exit()
        }
    }
}

/// One running hub.
struct Server {
    let configuration: Configuration
    /// Where it listens.
    let address: String
    /// Where HTTPS is spoken; nil: nowhere.
    let tls: TLSSettings?
    /// The keys of others whose tokens are taken.
    let tokenKeys: [TokenKey]
    let files: StaticFiles
    let log: JSONLog
    /// What it calls itself: a process id alone may have been that of a hub that died.
    private let instance = "hub-\(getpid())-" + String(UInt32.random(in: 0...UInt32.max), radix: 16)

    init(
        _ configuration: Configuration, address: String, tls: TLSSettings?,
        tokenKeys: [TokenKey], files: StaticFiles, log: JSONLog
    ) {
        self.configuration = configuration
        self.address = address
        self.tls = tls
        self.tokenKeys = tokenKeys
        self.files = files
        self.log = log
    }

    /// Starts everything, waits for a signal, stops everything.
    func run(until signals: Signals, certificateStamps stamps: [FileStamp?]) throws {
        let database = try Database(configuration, log: log)
        defer { database.close() }
        try serve(from: database, until: signals, certificateStamps: stamps)
        log.write(.info, "stopped", [.text("event.action", "stopped")])
    }

    /// What was started is stopped in the reverse order, also when a later part can't be: a thread
    /// that lived on would use what the program's end takes away.
    private func serve(
        from database: Database, until signals: Signals, certificateStamps stamps: [FileStamp?]
    ) throws {
        // The secret is in Postgres when that is given, so the schema comes before it.
        try prepare(database)
        let secret = try TokenSecret.find(configuration, connection: database.connection)
        let tools = try AuditKey.tools(configuration, connection: database.connection)
        let board = TokenKeyBoard()
        let keeper = try keepKeys(on: board, database)
        defer { keeper.stop() }
        let settings = gatewaySettings(database, secret: secret, keys: board, tools: tools)
        let gateway = try start("the kernel refused a loop") { () throws(Errno) in
            try Gateway(settings: settings)
        }
        let models = ModelBoard()
        let meters = ProcessorMeters()
        let processors = try start("the kernel refused the processors") { () throws(Errno) in
            try Processors(settings: processorSettings, board: models, meters: meters)
        }
        let sealer = try start("the kernel refused the sealer") { () throws(Errno) in
            try Sealer(settings: sealerSettings(database), tools: tools)
        }
        let (store, logStart) = try open(
            database, mailboxes: gateway.storeMailboxes + [processors.storeMailbox])
        defer { store.stop() }
        keeper.waitForIssuers(milliseconds: 3_000)
        let predecessor = try configuration.takesOver ? Takeover.request(configuration) : nil
        let ports = try start("\(places(settings)) can't be listened on") {
            () throws(Errno) in
            try gateway.start(
                store: store, log: logStart, models: models, processors: meters,
                inheriting: predecessor?.sockets ?? ListeningSockets(), observe: observer)
        }
        defer { gateway.drain() }
        predecessor?.confirm()
        try start("the kernel refused the processors") { () throws(Errno) in
            try processors.start(store: store, log: logStart, loop: settings.loopCount) {
                LogLines.write($0, to: log)
            }
        }
        // Before the gateway: another instance takes their leases while streams are ended here.
        defer { processors.stop() }
        defer { sealer.stop() }
        if configuration.seals {
            try start("the kernel refused the sealer") { () throws(Errno) in
                try sealer.start { LogLines.write($0, to: log) }
            }
        }
        // From here on a signal is waited for: whoever reads the next line may send one.
        signals.started()
        let link = tellReady(ports, logStart)
        if configuration.isDemo { show(store, models, logStart, secret: secret, link: link) }
        var takeover = Takeover(configuration, gateway: gateway, log: log)
        var renewal = configuration.tls.map {
            TLSRenewal($0, stamps: stamps, gateway: gateway, log: log)
        }
        while !signals.wait(milliseconds: 100), !takeover.isDone() {
            database.supervise()
            renewal?.look(isAsked: signals.takeHangUp())
        }
        log.write(.info, "stopping", [.text("event.action", "stopping")])
    }

    /// Where it is to listen.
    private func places(_ settings: GatewaySettings) -> String {
        [settings.port.map { "\(settings.host):\($0)" }, tls.map { "\($0.host):\($0.port)" }]
            .compactMap { $0 }.joined(separator: " and ")
    }

    /// Says that the hub is ready, and where; returns the link to it.
    private func tellReady(_ ports: ListeningPorts, _ start: LogStart) -> String {
        var link = ""
        if let port = ports.secure, let tls, let place = configuration.tls {
            link = Configuration.link("https", place.host, port)
            log.write(
                .info, "HTTPS is spoken",
                [.text("event.action", "tls_ready"), .text("url.full", link)]
                    + TLSRenewal.fields(tls.certificate))
        }
        if let port = ports.plain { link = Configuration.link("http", configuration.host, port) }
        log.write(
            .info, "ready",
            [
                .text("event.action", "ready"), .text("url.full", link),
                .number("process.pid", Int(getpid())), .text("log.epoch", start.epoch.text),
            ])
        return link
    }

    /// Fills an empty log, and prints the link: on the error output, for it is no line of the log.
    private func show(
        _ store: Store, _ models: ModelBoard, _ start: LogStart, secret: [UInt8], link: String
    ) {
        let now = Timestamp(milliseconds: Clock.realtimeMilliseconds())
        if start.head == 0 {
            store.submit(DemoBusiness(at: now, model: models.current).requests)
        }
        var authority = TokenAuthority(
            secret: secret, issuer: configuration.jwtIssuer, audience: configuration.jwtAudience)
        let token = authority.issue(
            Principal(subject: DemoBusiness.owner, roles: RoleSet([.admin])),
            atMilliseconds: now.milliseconds, lifetimeSeconds: 43_200)
        let line = Array("\nSign in: \(link)#token=\(token)\n\n".utf8)
        _ = unsafe line.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
    }

    /// Puts up the keys that tokens are checked with, and looks after them from now on.
    private func keepKeys(
        on board: TokenKeyBoard, _ database: Database
    ) throws -> TokenKeyKeeper {
        let signing = SigningKeys(configuration, connection: database.connection)
        board.publish(try signing.read())
        board.publish(
            configuration.trustedIssuers.map {
                TrustedIssuer(name: $0.name, audience: $0.audience)
            })
        return try start("the kernel refused the keeper of keys") { () throws(Errno) in
            let keeper = try TokenKeyKeeper(board, keys: signing, configuration, log: log)
            try keeper.start()
            return keeper
        }
    }

    private func storeConfiguration(_ database: Database) -> StoreConfiguration {
        var settings = StoreConfiguration(connection: database.connection, instance: instance)
        settings.accessLifetimeSeconds = configuration.accessLifetimeSeconds
        return settings
    }

    private func prepare(_ database: Database) throws {
        do throws(StoreFailure) {
            try Store.prepare(storeConfiguration(database)) { LogLines.write($0, to: log) }
        } catch {
            throw Failure(exitCode: 69, LogLines.describe(error))
        }
    }

    private var processorSettings: ProcessorSettings {
        var settings = ProcessorSettings(holder: instance)
        settings.names = configuration.processors
        settings.setLease(seconds: configuration.processorLeaseSeconds)
        settings.logBytesMax = configuration.limits.logBytesMax
        return settings
    }

    private func gatewaySettings(
        _ database: Database, secret: [UInt8], keys: TokenKeyBoard, tools: AuditTools
    ) -> GatewaySettings {
        var settings = GatewaySettings(secret: secret, files: files)
        settings.host = address
        settings.port = configuration.port
        settings.tls = tls
        settings.strictTransportSeconds = configuration.strictTransportSeconds
        settings.loopCount = configuration.loopCount
        settings.limits = configuration.limits
        settings.tokenKeys = tokenKeys
        settings.keyBoard = keys
        settings.issuer = configuration.jwtIssuer
        settings.audience = configuration.jwtAudience
        settings.sessions = configuration.sessions
        settings.accessLifetimeSeconds = configuration.accessLifetimeSeconds
        settings.passwordCost = configuration.passwordCost
        settings.signInLimit = configuration.signInLimit
        settings.publicOrigin = configuration.publicOrigin
        settings.trustedProxies = configuration.trustedProxies
        settings.expectsProxyHeader = configuration.expectsProxyHeader
        settings.corsOrigins = configuration.corsOrigins
        settings.compresses = configuration.compresses
        settings.opensEcho = configuration.opensEcho
        settings.version = Version.text
        settings.audit = AuditAccess(
            connection: database.connection, instance: instance, tools: tools,
            checkpointFile: configuration.auditFile)
        return settings
    }

    private func sealerSettings(_ database: Database) -> SealerSettings {
        var settings = SealerSettings(
            connection: database.connection, holder: instance,
            checkpointFile: configuration.auditFile)
        settings.leaseSeconds = configuration.processorLeaseSeconds
        settings.checkpointRows = UInt64(configuration.auditCheckpointRows)
        settings.checkpointSeconds = Int64(configuration.auditCheckpointSeconds)
        return settings
    }

    private func open(
        _ database: Database, mailboxes: [Mailbox<StoreMail>]
    ) throws -> (Store, LogStart) {
        let log = self.log
        do throws(StoreFailure) {
            return try Store.open(
                storeConfiguration(database), loops: mailboxes
            ) { LogLines.write($0, to: log) }
        } catch {
            throw Failure(exitCode: 69, LogLines.describe(error))
        }
    }

    private var observer: Observer {
        let log = self.log
        return Observer(observesAll: log.level == .debug) { LogLines.write($0, to: log) }
    }

    private func start<Part>(_ what: String, _ body: () throws(Errno) -> Part) throws -> Part {
        do throws(Errno) {
            return try body()
        } catch {
            throw Failure(exitCode: 71, "\(what): \(error)")
        }
    }
}
