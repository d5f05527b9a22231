// Why a private cluster can't run, in words for an operator; and what happened to one that does.

/// A reason that the private Postgres can't be used.
package enum ClusterFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// No Postgres was found.
    case noPostgres(searched: String)
    /// The data folder was made by another version than the one that is installed.
    case versionMismatch(folder: String, data: String, installed: String)
    /// The user `postgres` can't reach the data folder.
    case unreachableFolder(folder: String)
    /// There is no user `postgres` to run it as.
    case noUser
    /// A folder can't be made or is not safe to use.
    case folder(path: String, reason: String)
    /// `initdb` failed.
    case initialization(reason: String)
    /// The server did not come up.
    case start(reason: String)
    /// Another hub on the same folder has been starting or stopping for too long.
    case busy(folder: String)

    /// What to tell the operator.
    package var description: String {
        switch self {
        case .noPostgres(let searched):
            "no Postgres in \(searched): install postgresql, name its folder in HUB_POSTGRES_BIN, "
                + "or give a DATABASE_URL"
        case .versionMismatch(let folder, let data, let installed):
            "\(folder) was made by Postgres \(data), but only \(installed) is installed: install "
                + "\(data), or name another folder with --data-dir"
        case .unreachableFolder(let folder):
            "the user postgres, as which a root's Postgres runs, can't reach \(folder): name "
                + "another folder with --data-dir"
        case .noUser: "Postgres does not run as root, and there is no user postgres"
        case .folder(let path, let reason):
            "\(path): \(reason): name another folder with --data-dir"
        case .initialization(let reason): "the database could not be made: \(reason)"
        case .start(let reason): "Postgres did not start: \(reason)"
        case .busy(let folder):
            "another hub has been starting or stopping in \(folder) for too long"
        }
    }
}

/// Something that happened to the private cluster; the hub logs it.
package enum ClusterObservation: Sendable, Equatable {
    /// A new cluster was made.
    case initialized(version: String)
    /// The server was started.
    case started(processID: Int32)
    /// A server that another hub had started was taken over.
    case adopted(processID: Int32)
    /// The server is gone; it is started again.
    case died(processID: Int32)
    /// A start failed; it is tried again.
    case startFailed(reason: String)
    /// The server was stopped, by the last hub on the folder.
    case stopped(processID: Int32)
}
