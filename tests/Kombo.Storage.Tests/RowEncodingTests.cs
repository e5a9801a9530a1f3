using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Kombo.Core.Models;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;

namespace Kombo.Storage.Tests;

/// <summary>The bytes of the row writer mean to Postgres what they mean to us.</summary>
public sealed class RowEncodingTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [RequiresTheory(Need.Postgres)]
    [InlineData("hris_employees", "first_name", "Zoë \"Ωmega\" \t\n😀 漢字")]
    [InlineData("hris_employees", "first_name", "")]
    [InlineData("hris_employees", "gender", "SOMETHING_ELSE")]
    [InlineData("hris_absences", "start_half_day", true)]
    [InlineData("hris_absences", "start_half_day", false)]
    [InlineData("ats_screening_questions", "index", long.MinValue)]
    [InlineData("ats_screening_questions", "index", 42L)]
    public async Task A_value_arrives_as_it_is(string model, string field, object value)
    {
        var stored = await RoundTripAsync(model, field, value);
        stored.ShouldBe(value is bool flag ? (flag ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture));
    }

    [RequiresTheory(Need.Postgres)]
    [InlineData("1969-12-31T23:59:59.999999Z", "1969-12-31 23:59:59.999999+00")]
    [InlineData("2000-01-01T00:00:00Z", "2000-01-01 00:00:00+00")]
    [InlineData("1999-12-31T23:59:59.9999999Z", "1999-12-31 23:59:59.999999+00")]
    [InlineData("2026-02-28T12:00:00+05:30", "2026-02-28 06:30:00+00")]
    public async Task An_instant_is_cut_to_microseconds(string value, string expected) =>
        (await RoundTripAsync("hris_employees", "start_date", DateTimeOffset.Parse(value, CultureInfo.InvariantCulture))).ShouldBe(expected);

    [RequiresTheory(Need.Postgres)]
    [InlineData("0001-01-01")]
    [InlineData("1999-12-31")]
    [InlineData("2024-02-29")]
    [InlineData("9999-12-31")]
    public async Task A_day_arrives_as_it_is(string value) =>
        (await RoundTripAsync("hris_absences", "start_date", DateOnly.Parse(value, CultureInfo.InvariantCulture))).ShouldBe(value);

    [RequiresTheory(Need.Postgres)]
    [InlineData("00:00:00")]
    [InlineData("23:59:59.999999")]
    public async Task A_time_of_day_arrives_as_it_is(string value) =>
        (await RoundTripAsync("hris_absences", "start_time", TimeOnly.Parse(value, CultureInfo.InvariantCulture))).ShouldBe(value);

    [RequiresFact(Need.Postgres)]
    public async Task A_nested_value_arrives_as_it_is() =>
        (await RoundTripAsync("hris_employees", "custom_fields", """{"a":[1,2.50,null,true],"ü":"\u0041"}"""))
            .ShouldBe("""{"a": [1, 2.50, null, true], "ü": "A"}""");

    /// <summary>Against Postgres' own reading of the same text.</summary>
    [RequiresFact(Need.Postgres)]
    public async Task Every_number_arrives_digit_by_digit()
    {
        string[] corners =
        [
            "0", "-0", "0.0", "0.000", "-0.00", "1", "9999", "10000", "99999999", "100000000", "0.0001", "0.00001", "0.00010",
            "12345.6789", "-12345.67890", "1e3", "1E+3", "1.5e-3", "1.50e1", "1e-10", "0e5", "0.0e-5", "123456789012345678901234567890.12",
            "1e40", "-1e-40", "99990000", "0.99990000", "1000000000000.0000000000001",
        ];
        var generated = (from negative in ArbMap.Default.GeneratorFor<bool>()
                         from whole in DigitsGen(1, 30)
                         from fraction in DigitsGen(0, 30)
                         from exponent in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Choose(-60, 60)))
                         select (negative ? "-" : "") + (whole.TrimStart('0') is { Length: > 0 } trimmed ? trimmed : "0")
                             + (fraction.Length > 0 ? "." + fraction : "")
                             + (exponent == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"e{exponent}")))
            .Sample(600).ToArray();
        string[] numbers = [.. corners, .. generated];
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();

        await here.WriteAsync(run, Rows.Employees, [.. numbers.Select((number, i) => new Row($"n{i:0000}", ("weekly_hours", number)))]);

        var stored = await fixture.ListAsync<string>(
            "select weekly_hours::text from kombo.hris_employees where integration_id = @IntegrationId order by remote_id",
            new { here.IntegrationId });
        var expected = await fixture.ListAsync<string>(
            "select n::numeric::text from unnest(@numbers) with ordinality as x (n, o) order by o", new { numbers });
        stored.Zip(expected, numbers).ShouldAllBe(row => row.First == row.Second);
    }

    static Gen<string> DigitsGen(int least, int most) =>
        from length in Gen.Choose(least, most)
        from digits in Gen.Elements("00123456789".ToCharArray()).ArrayOf(length)
        select new string(digits);

    async Task<string> RoundTripAsync(string modelName, string field, object value)
    {
        var model = ModelCatalog.Default.Get(modelName);
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();
        var keys = model.Fields.Where(one => one.Ref is not null && !one.Nullable).Select(one => (one.Name, (object)"some-id"));
        await here.WriteAsync(run, model, new Row("r1", [.. keys, (field, value)]));
        return await fixture.QueryAsync<string>(
            $"select \"{field}\"::text from kombo.{modelName} where integration_id = @IntegrationId", new { here.IntegrationId });
    }
}
