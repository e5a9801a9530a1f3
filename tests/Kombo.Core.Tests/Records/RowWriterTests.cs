using System.Globalization;
using System.Numerics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Kombo.Core.Ids;
using Kombo.Core.Models;
using Kombo.Core.Records;

namespace Kombo.Core.Tests.Records;

public class RowWriterTests
{
    static readonly Model Teams = ModelCatalog.Default.Get("hris_teams");

    [Theory]
    [InlineData("0", "0")]
    [InlineData("-0", "0")]
    [InlineData("0.00", "0.00")]
    [InlineData("1", "1")]
    [InlineData("-1", "-1")]
    [InlineData("9999", "9999")]
    [InlineData("10000", "10000")]
    [InlineData("100000000", "100000000")]
    [InlineData("12345.6789", "12345.6789")]
    [InlineData("0.1", "0.1")]
    [InlineData("0.00001", "0.00001")]
    [InlineData("0.00010000", "0.00010000")]
    [InlineData("1.10", "1.10")]
    [InlineData("38.5", "38.5")]
    [InlineData("1e3", "1000")]
    [InlineData("1.5E+3", "1500")]
    [InlineData("1.5e-3", "0.0015")]
    [InlineData("12e-5", "0.00012")]
    [InlineData("-123456789012345678901234567890.123456789", "-123456789012345678901234567890.123456789")]
    public void Numbers_keep_every_digit(string json, string read)
    {
        var row = Row(values => values.TryWriteNumber(Encoding.UTF8.GetBytes(json)).ShouldBeTrue());
        new CopyReader(row).Numeric().ShouldBe(read);
    }

    [Fact]
    public void Any_number_round_trips() => Prop.ForAll<BigInteger, NonNegativeInt>((digits, point) =>
    {
        var scale = point.Get % 40;
        var text = BigInteger.Abs(digits).ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        var json = (digits.Sign < 0 ? "-" : "") + text[..^scale] + (scale > 0 ? "." + text[^scale..] : "");
        var row = Row(values => values.TryWriteNumber(Encoding.UTF8.GetBytes(json)).ShouldBeTrue());
        new CopyReader(row).Numeric().ShouldBe(json);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("1.")]
    [InlineData(".5")]
    [InlineData("1e")]
    [InlineData("1e5000")]
    [InlineData("0x10")]
    [InlineData("1 ")]
    [InlineData("NaN")]
    [InlineData("--1")]
    [InlineData("+1")]
    public void What_is_no_number_is_refused_and_leaves_nothing(string json)
    {
        var row = Row(values =>
        {
            values.TryWriteNumber(Encoding.UTF8.GetBytes(json)).ShouldBeFalse();
            values.Written.ShouldBe(0);
            values.WriteInt64(7);
        });
        new CopyReader(row).Int64().ShouldBe(7);
    }

    [Fact]
    public void Values_are_written_in_Postgres_binary_form()
    {
        var row = Row(values =>
        {
            values.WriteNull();
            values.TryWriteText("Müller 😀").ShouldBeTrue();
            values.WriteAscii("abc"u8);
            values.WriteBoolean(true);
            values.WriteBoolean(false);
            values.WriteInt64(-5);
            values.WriteDate(new DateOnly(2000, 1, 2));
            values.WriteDate(new DateOnly(1999, 12, 31));
            values.WriteTime(new TimeOnly(1, 0, 0, 1));
            values.WriteJson("{}"u8);
            values.Written.ShouldBe(10);
        });
        var reader = new CopyReader(row);
        reader.TryRead(out _).ShouldBeFalse();
        reader.Text().ShouldBe("Müller 😀");
        reader.Text().ShouldBe("abc");
        reader.Boolean().ShouldBeTrue();
        reader.Boolean().ShouldBeFalse();
        reader.Int64().ShouldBe(-5);
        reader.Int32().ShouldBe(1);
        reader.Int32().ShouldBe(-1);
        reader.Int64().ShouldBe(3_600_001_000);
        reader.Read().ToArray().ShouldBe([1, .. "{}"u8]);
        reader.AtEnd.ShouldBeTrue();
    }

    [Theory]
    [InlineData("2000-01-01T00:00:00.0000019Z", 1)]
    [InlineData("1999-12-31T23:59:59.9999999Z", -1)]
    [InlineData("2000-01-01T01:00:00+01:00", 0)]
    public void Instants_are_microseconds_and_finer_is_cut_off(string time, long microseconds)
    {
        var row = Row(values => values.WriteDateTime(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture)));
        new CopyReader(row).Int64().ShouldBe(microseconds);
    }

    [Theory]
    [InlineData('\0')]
    [InlineData('\ud800')]
    [InlineData('\udc00')]
    public void Text_that_Postgres_cannot_store_is_refused_and_leaves_nothing(char character)
    {
        var text = $"before {character} after";
        var row = Row(values =>
        {
            values.TryWriteText(text).ShouldBeFalse();
            values.Written.ShouldBe(0);
        });
        row.Length.ShouldBe(0);
    }

    [Fact]
    public void A_batch_holds_rows_hashes_and_source_records()
    {
        using var batch = Batch(("1", "Eng", "{\"a\":1}"), ("2", "Ops", ""), ("3", "Eng", ""));
        batch.Count.ShouldBe(3);
        batch.ToString().ShouldBe("3 hris_teams");
        batch.RemoteId(1).ShouldBe("2");
        batch.Id(1).ShouldBe(KomboIds.Record("scim:x", "hris_teams", "2"));
        batch.Hash(0).ShouldBe(batch.Hash(2), "equal content");
        batch.Hash(0).ShouldNotBe(batch.Hash(1));
        Encoding.UTF8.GetString(batch.RemoteData(0)).ShouldBe("{\"a\":1}");
        batch.RemoteData(1).Length.ShouldBe(0);
        new CopyReader(batch.Row(1)).Text().ShouldBe("Ops");
    }

    [Fact]
    public void The_hash_moves_with_every_field()
    {
        var model = ModelCatalog.Default.Get("hris_employees");
        using var builder = new RecordBatchBuilder(model, new RecordIds("scim:x", model.Name));
        for (var field = 0; field < model.Fields.Length; field++)
            foreach (var text in new[] { "x", "y" })
            {
                builder.Begin();
                for (var i = 0; i < model.Fields.Length; i++)
                    if (i == field)
                        builder.Values.TryWriteText(text).ShouldBeTrue();
                    else
                        builder.Values.WriteNull();
                builder.Commit($"{field}{text}", default);
            }

        using var batch = builder.Build();
        Enumerable.Range(0, batch.Count).Select(batch.Hash).Distinct().Count().ShouldBe(2 * model.Fields.Length);
    }

    [Fact]
    public void Rolled_back_records_leave_nothing()
    {
        using var builder = new RecordBatchBuilder(Teams, new RecordIds("scim:x", "hris_teams"));
        builder.Begin();
        builder.Values.TryWriteText("half").ShouldBeTrue();
        builder.Rollback();
        Add(builder, ("1", "Eng", ""));
        using var batch = builder.Build();
        new CopyReader(batch.Row(0)).Text().ShouldBe("Eng");
        batch.Count.ShouldBe(1);
    }

    [Fact]
    public void A_record_with_a_field_too_few_is_a_mistake_in_the_program()
    {
        using var builder = new RecordBatchBuilder(Teams, new RecordIds("scim:x", "hris_teams"));
        builder.Begin();
        builder.Values.WriteNull();
        Should.Throw<InvalidOperationException>(() => builder.Commit("1", []))
            .Message.ShouldBe("hris_teams: 1 values written, the model has 3 fields");
    }

    [Fact]
    public void Large_rows_grow_the_buffer()
    {
        var text = new string('x', 200_000);
        using var batch = Batch(("1", text, ""), ("2", text, ""));
        new CopyReader(batch.Row(1)).Text().ShouldBe(text);
        batch.Size.ShouldBeGreaterThan(400_000);
    }

    static RecordBatch Batch(params (string RemoteId, string Name, string Source)[] records)
    {
        using var builder = new RecordBatchBuilder(Teams, new RecordIds("scim:x", "hris_teams"));
        foreach (var record in records)
            Add(builder, record);
        return builder.Build();
    }

    static void Add(RecordBatchBuilder builder, (string RemoteId, string Name, string Source) record)
    {
        builder.Begin();
        builder.Values.TryWriteText(record.Name).ShouldBeTrue();
        for (var i = 1; i < Teams.Fields.Length; i++)
            builder.Values.WriteNull();
        builder.Commit(record.RemoteId, Encoding.UTF8.GetBytes(record.Source));
    }

    static byte[] Row(Action<RowWriter> write)
    {
        using var buffer = new RowBuffer();
        var values = new RowWriter(buffer);
        values.Start();
        write(values);
        return buffer.Slice(0..buffer.Length).ToArray();
    }
}
