// Parameters go to Postgres and come back as they were: the binary formats agree with the server's.

import Domain
import Testing

@testable import Store

@Suite struct ParameterTests {
    private func echo(
        _ type: UInt32, _ parameter: Parameter
    ) throws -> PostgresResult {
        try BlockingPostgres(connection: TestDatabase(migrated: false).connection)
            .run("SELECT $1, $1::text", [type], [parameter])
    }

    @Test func `numbers, texts, bytes and ids come back as they went`() throws {
        let postgres = try TestDatabase(migrated: false).open()
        let id = UniqueID(high: 0x0123_4567_89ab_cdef, low: 0xfedc_ba98_7654_3210)
        let row = try postgres.run(
            "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $1::text, $6::text",
            [
                PostgresType.int8, PostgresType.int4, PostgresType.int2, PostgresType.float8,
                PostgresType.bool, PostgresType.uuid, PostgresType.text, PostgresType.bytea,
                PostgresType.timestamptz,
            ],
            [
                .int8(.min), .int4(-7), .int2(-300), .float8(-0.1), .bool(true), .uuid(id),
                .text("Zoë \u{1F600} ' \\"), .bytea([0, 255, 1]),
                .timestamptz(Timestamp(milliseconds: 1_795_507_200_123)),
            ])
        #expect(row.int64(0, 0) == .min)
        #expect(row.int64(0, 1) == -7)
        #expect(row.int64(0, 2) == -300)
        #expect(row.float64(0, 3) == -0.1)
        #expect(row.bool(0, 4))
        #expect(row.uuid(0, 5) == id)
        #expect(row.text(0, 6) == "Zoë \u{1F600} ' \\")
        #expect(row.bytes(0, 7) == [0, 255, 1])
        #expect(row.timestamp(0, 8) == Timestamp(milliseconds: 1_795_507_200_123))
        #expect(row.text(0, 9) == "-9223372036854775808")
        #expect(row.text(0, 10) == id.text)
    }

    @Test func `times before 2000 and 1970 come back as they went`() throws {
        let postgres = try TestDatabase(migrated: false).open()
        for milliseconds: Int64 in [0, -1, 946_684_799_999, -2_208_988_800_001] {
            let time = Timestamp(milliseconds: milliseconds)
            let row = try postgres.run(
                "SELECT $1, to_char($1 AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')",
                [PostgresType.timestamptz], [.timestamptz(time)])
            #expect(row.timestamp(0, 0) == time)
            #expect(row.text(0, 1) == time.text)
        }
    }

    @Test func `nulls are null`() throws {
        let postgres = try TestDatabase(migrated: false).open()
        let row = try postgres.run(
            "SELECT $1, $2", [PostgresType.text, PostgresType.int8],
            [.text(nil as String?), .int8(nil)])
        #expect(row.isNull(0, 0))
        #expect(row.isNull(0, 1))
        #expect(row.optionalText(0, 0) == nil)
    }

    @Test func `a value in text format is read by its type`() throws {
        let row = try echo(PostgresType.int8, .text(Array("42".utf8)))
        #expect(row.int64(0, 0) == 42)
    }

    @Test func `arrays arrive element by element, nulls and empty ones too`() throws {
        let id = UniqueID(high: 1, low: 2)
        for (type, parameter, text) in [
            (PostgresType.int8Array, Parameter.int8s([1, nil, -3]), "{1,NULL,-3}"),
            (PostgresType.int4Array, .int4s([1, -2]), "{1,-2}"),
            (PostgresType.int2Array, .int2s([nil, 201]), "{NULL,201}"),
            (PostgresType.float8Array, .float8s([0.5, nil]), "{0.5,NULL}"),
            (PostgresType.boolArray, .bools([true, false, nil]), "{t,f,NULL}"),
            (PostgresType.textArray, .texts(["a", nil, "", "NULL"]), "{a,NULL,\"\",\"NULL\"}"),
            (PostgresType.textArray, .texts(utf8: [[97, 34], nil]), "{\"a\\\"\",NULL}"),
            (PostgresType.byteaArray, .byteas([[0, 1], nil]), "{\"\\\\x0001\",NULL}"),
            (PostgresType.uuidArray, .uuids([id]), "{\(id.text)}"),
            (PostgresType.timestamptzArray, .timestamptzs([nil]), "{NULL}"),
            (PostgresType.int8Array, .int8s([]), "{}"),
        ] {
            #expect(try echo(type, parameter).text(0, 1) == text)
        }
    }

    @Test func `a text array of a row is read`() throws {
        let row = try echo(PostgresType.textArray, .texts(["a,b", "", "é"]))
        #expect(row.texts(0, 0) == ["a,b", "", "é"])
        let empty = try echo(PostgresType.textArray, .texts([]))
        #expect(empty.texts(0, 0) == [])
    }
}
