// Where Postgres' programs are: where we are told, else in the version that the data has, else in
// the newest one installed.

import Glibc

/// Finds `initdb` and `postgres`.
enum ClusterBinaries {
    private static let root = "/usr/lib/postgresql"

    /// The folder of the programs for a data folder, which need not exist yet.
    static func find(given: String?, data: String) throws(ClusterFailure) -> String {
        if let given {
            guard isComplete(given) else {
                throw .binaries("--postgres-bin: no initdb and postgres in \(given)")
            }
            return given
        }
        if let version = dataVersion(data) {
            let folder = "\(root)/\(version)/bin"
            guard isComplete(folder) else {
                throw .binaries(
                    "\(data) was made by Postgres \(version), which is not in \(folder): "
                        + "install it, or upgrade the cluster with pg_upgrade")
            }
            return folder
        }
        let folders = versions().map { "\(root)/\($0)/bin" }
        guard let newest = folders.first(where: isComplete) else {
            throw .binaries("Postgres is not installed in \(root); give --postgres-bin")
        }
        return newest
    }

    private static func isComplete(_ folder: String) -> Bool {
        unsafe access(folder + "/initdb", X_OK) == 0 && access(folder + "/postgres", X_OK) == 0
    }

    private static func dataVersion(_ data: String) -> Int? {
        guard let file = unsafe fopen(data + "/PG_VERSION", "r") else { return nil }
        defer { unsafe fclose(file) }
        var line = [CChar](repeating: 0, count: 16)
        guard unsafe fgets(&line, 16, file) != nil else { return nil }
        return unsafe Int(atoi(line))
    }

    /// Installed versions, the newest first.
    private static func versions() -> [Int] {
        guard let directory = unsafe opendir(root) else { return [] }
        defer { unsafe closedir(directory) }
        var versions: [Int] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let version = Int(name) { versions.append(version) }
        }
        return versions.sorted(by: >)
    }
}
