// The object ids of Postgres' own types that our statements take (pg_type.dat).

package import CPostgres

/// Object ids of parameter types.
package enum PostgresType {
    package static let bool: Oid = 16
    package static let bytea: Oid = 17
    package static let int8: Oid = 20
    package static let int2: Oid = 21
    package static let int4: Oid = 23
    package static let text: Oid = 25
    package static let float8: Oid = 701
    package static let boolArray: Oid = 1000
    package static let byteaArray: Oid = 1001
    package static let int2Array: Oid = 1005
    package static let int4Array: Oid = 1007
    package static let textArray: Oid = 1009
    package static let int8Array: Oid = 1016
    package static let float8Array: Oid = 1022
    package static let timestamptz: Oid = 1184
    package static let timestamptzArray: Oid = 1185
    package static let uuid: Oid = 2950
    package static let uuidArray: Oid = 2951
}

/// A statement, prepared once a connection, at its first use.
package struct Statement: Sendable {
    /// Its name on the connection, unique within the program.
    package let name: String
    /// Its SQL, with `$1`, `$2` … for parameters.
    package let sql: String
    /// The type of each parameter: `PostgresType`.
    package let parameterTypes: [Oid]

    /// A statement with the types of its parameters.
    package init(name: String, sql: String, parameterTypes: [Oid] = []) {
        self.name = name
        self.sql = sql
        self.parameterTypes = parameterTypes
    }
}
