// The program `hub`: one command line, a subcommand each.

import ArgumentParser

@main
struct Hub: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hub", abstract: "Unified Core: commands in, durable events out, live.",
        version: Version.text,
        subcommands: [
            ServeCommand.self, MigrateCommand.self, TokenCommand.self, CheckCommand.self,
            UserCommand.self, KeysCommand.self, AuditCommand.self, LoadTestCommand.self,
        ])
}
