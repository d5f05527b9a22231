// The version that `GET /version`, `hub --version` and the log show.

/// The program's version.
enum Version {
    /// Semantic version of this tree.
    static let text = "0.1.0"
}
