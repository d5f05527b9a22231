// `hub user add`: the first admin, and whoever else is to sign in. It goes through the committer
// like every other command, so that it is decided and audited alike; a hub that runs knows the user
// at once.

import ArgumentParser
import Domain
import Gateway
import Glibc
import Reactor
import Store

/// Users from the command line.
struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Let people sign in.", subcommands: [Add.self])

    /// Makes a user whose password is the first line of the standard input.
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a user; the password is the first line of the standard input.")

        @Argument(help: "What they sign in with.")
        var name: String

        @Option(
            help: """
                A role; several as a,b: admin, sales, logistics, agent, compliance, viewer, service.
                """)
        var role: String

        @Option(help: "A team; several as a,b.")
        var team: String?

        @Option(help: "Cost of the password's hash: scrypt with N = 2^cost (default 15).")
        var passwordCost: String?

        @OptionGroup var data: DataOptions

        func run() throws {
            do {
                var flags = data.flags
                flags[.passwordCost] = passwordCost
                let configuration = try Configuration.read(flags)
                try add(configuration)
            } catch let refusal as Refusal {
                Failure(exitCode: 65, refusal.detail).exit()
            } catch let failure as Failure {
                failure.exit()
            }
        }

        private func add(_ configuration: Configuration) throws {
            var random = RandomSource()
            var user = CreateUser(
                id: UniqueID.fresh(&random), name: try UserRules.name(name),
                roles: try UserRules.roles(words(role)),
                teams: try UserRules.teams(team.map(words) ?? []))
            let password = try UserRules.password(Password.read(for: name))
            user.passwordHash = PasswordHash.make(
                password, salt: PasswordHash.salt(), cost: configuration.passwordCost)
            let log = try JSONLog(level: .error)
            defer { log.close() }
            let database = try Database(configuration, log: log)
            defer { database.close() }
            let answer = try SingleCommand.run(
                .createUser(user), auditID: UniqueID.fresh(&random), in: database, log: log)
            guard answer.status == 201 else {
                throw Failure(
                    exitCode: answer.status == 409 ? 65 : 69,
                    String(decoding: answer.body, as: UTF8.self))
            }
            print("users/\(user.id.text)")
        }

        private func words(_ text: String) -> [String] {
            text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
    }
}

extension UniqueID {
    /// A UUIDv7 of now.
    fileprivate static func fresh(_ random: inout RandomSource) -> UniqueID {
        UniqueID(
            milliseconds: Clock.realtimeMilliseconds(), random: (random.next(), random.next()))
    }
}

/// A password from the standard input; on a terminal it is asked for and not shown.
private enum Password {
    static func read(for name: String) -> String {
        guard isatty(0) == 1 else { return readLine() ?? "" }
        print("Password for \(name): ", terminator: "")
        fflush(nil)
        var shown = termios()
        unsafe tcgetattr(0, &shown)
        var hidden = shown
        hidden.c_lflag &= ~tcflag_t(ECHO)
        unsafe tcsetattr(0, TCSAFLUSH, &hidden)
        defer {
            unsafe tcsetattr(0, TCSAFLUSH, &shown)
            print("")
        }
        return readLine() ?? ""
    }
}

/// One command of a program that is no server.
private enum SingleCommand {
    private static let waitMilliseconds: Int64 = 30_000

    /// Submits it and waits for its answer.
    static func run(
        _ command: Command, auditID: UniqueID, in database: Database, log: JSONLog
    ) throws -> RenderedAnswer {
        let wakeup: Wakeup
        do throws(Errno) {
            wakeup = try Wakeup()
        } catch {
            throw Failure(exitCode: 71, "the kernel refused: \(error)")
        }
        let mailbox = Mailbox<StoreMail>(wakeup: wakeup)
        let store = try open(database, mailbox, log)
        defer { store.stop() }
        let context = CommandContext(
            principal: Principal(subject: "hub user", roles: RoleSet([.admin])),
            trace: TraceContext(traceparent: ""), auditID: auditID, idempotency: nil)
        store.submit([
            CommandRequest(
                ticket: Ticket(loop: 0, connection: 0, sequence: 0), command: command,
                context: context, receivedMilliseconds: Clock.monotonicMilliseconds())
        ])
        let end = Clock.monotonicMilliseconds() + waitMilliseconds
        var mail: [StoreMail] = []
        while Clock.monotonicMilliseconds() < end {
            usleep(5_000)
            mailbox.takeAll(into: &mail)
            for case .answered(_, let answer) in mail { return answer }
            mail.removeAll()
        }
        throw Failure(exitCode: 69, "the database did not answer in time")
    }

    private static func open(
        _ database: Database, _ mailbox: Mailbox<StoreMail>, _ log: JSONLog
    ) throws -> Store {
        do throws(StoreFailure) {
            let configuration = StoreConfiguration(
                connection: database.connection, instance: "hub-user-\(getpid())")
            return try Store.open(configuration, loops: [mailbox]) {
                LogLines.write($0, to: log)
            }.0
        } catch {
            throw Failure(exitCode: 69, LogLines.describe(error))
        }
    }
}
