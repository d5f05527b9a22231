// How long an answer may be kept, by what its server says.

import Testing
import Wire

@Suite struct `Cache-Control` {
    @Test(arguments: [
        ("max-age=300", 300), ("public, max-age=300", 300), ("Max-Age=300", 300),
        ("max-age=\"300\"", 300), (" public ,\tmax-age = 0 ", 0), ("max-age=1, max-age=2", 1),
        ("s-maxage=9, max-age=5, must-revalidate", 5),
    ])
    func `an age is found among the others`(field: String, seconds: Int) {
        #expect(CacheControl.maxAgeSeconds(field) == seconds)
    }

    @Test(arguments: [
        "", "public", "max-age", "max-age=", "max-age=-1", "max-age=soon", "max-age=1.5",
        "x-max-age=5", "no-store, max-age=300", "max-age=300, no-cache", "=,=,,",
        "max-age=99999999999999999999999999",
    ])
    func `what says none has none`(field: String) {
        #expect(CacheControl.maxAgeSeconds(field) == nil)
    }
}
