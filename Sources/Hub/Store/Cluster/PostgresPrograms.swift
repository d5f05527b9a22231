// Where Postgres' programs are: in Debian, one folder a version.

/// The programs of one installed version.
struct PostgresPrograms: Equatable {
    /// The folder that holds `postgres` and `initdb`.
    let folder: String
    /// The major version, as in a data folder's `PG_VERSION`.
    let version: String

    /// Where Debian puts them: `<version>/bin` below it.
    static let standardFolder = "/usr/lib/postgresql"

    /// The programs for a data folder: those of its version if it has one, else the newest.
    ///
    /// `given` is the operator's own choice of a folder.
    static func find(
        given: String?, dataVersion: String?, dataFolder: String,
        standardFolder: String = PostgresPrograms.standardFolder
    ) throws(ClusterFailure) -> PostgresPrograms {
        let installed = installed(given: given, standardFolder: standardFolder)
        guard let newest = installed.last else {
            throw .noPostgres(searched: given ?? standardFolder + "/*/bin")
        }
        guard let dataVersion else { return newest }
        guard let fitting = installed.first(where: { $0.version == dataVersion }) else {
            throw .versionMismatch(
                folder: dataFolder, data: dataVersion,
                installed: installed.map(\.version).joined(separator: ", "))
        }
        return fitting
    }

    /// From the oldest to the newest.
    private static func installed(given: String?, standardFolder: String) -> [PostgresPrograms] {
        if let given {
            guard Folder.exists(given + "/postgres"), Folder.exists(given + "/initdb") else {
                return []
            }
            return [PostgresPrograms(folder: given, version: version(of: given))]
        }
        return Folder.names(standardFolder).compactMap { Int($0) }.sorted().compactMap { number in
            let folder = "\(standardFolder)/\(number)/bin"
            guard Folder.exists(folder + "/postgres"), Folder.exists(folder + "/initdb") else {
                return nil
            }
            return PostgresPrograms(folder: folder, version: String(number))
        }
    }

    /// The version of programs in a folder of the operator's: the server says it itself.
    private static func version(of folder: String) -> String {
        let output = "/tmp/hub-postgres-version-\(UInt32.random(in: 0...UInt32.max))"
        defer { Folder.remove(output) }
        guard
            let code = try? ChildProcess.run([folder + "/postgres", "--version"], output: output),
            code == 0, let text = Folder.text(output)
        else { return "" }
        // "postgres (PostgreSQL) 15.18 (Debian …)"
        let words = text.split(separator: " ")
        guard words.count > 2 else { return "" }
        return String(words[2].prefix { $0.isNumber })
    }
}
