using System.Text.Json;
using Kombo.Core.Runs;
using Kombo.Worker.Configuration;

namespace Kombo.Worker.Tests.Configuration;

public sealed class SettingsReaderTests : IDisposable
{
    static readonly RunRequest Request = new()
    {
        RunId = "acme-full-1",
        Type = SyncType.Full,
        Trigger = "Manual",
        Namespace = "hr",
        Name = "acme",
        Uid = "u-1",
        IntegrationId = "scim:1",
        Connector = "scim",
    };

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kombo-settings-");
    readonly Dictionary<string, string?> variables;

    public SettingsReaderTests() => variables = new()
    {
        ["KOMBO_RUN"] = JsonSerializer.Serialize(Request, RunJson.Default.RunRequest),
        ["KOMBO_DATABASE_CONNECTION"] = "Host=db",
    };

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void A_complete_environment_is_read()
    {
        variables["KOMBO_CREDENTIALS"] = Write("token", "secret\n");
        variables["KOMBO_LEASE_SECONDS"] = "2.5";
        variables["KOMBO_REPORT_STATUS"] = "False";
        var settings = Read();
        settings.Request.ShouldBe(Request);
        settings.ConnectionString.ShouldBe("Host=db");
        settings.Credentials.Keys.ShouldBe(["token"]);
        settings.Limits.Lease.ShouldBe(TimeSpan.FromSeconds(2.5));
        settings.ReportStatus.ShouldBeFalse();
        settings.ToString().ShouldBe("WorkerSettings of run acme-full-1");
    }

    [Fact]
    public void The_database_may_be_a_mounted_secret()
    {
        variables["KOMBO_DATABASE_CONNECTION"] = null;
        variables["KOMBO_DATABASE"] = Write("connectionString", "Host=mounted\n");
        Read().ConnectionString.ShouldBe("Host=mounted");
    }

    [Fact]
    public void The_links_of_the_kubelet_are_no_keys()
    {
        var hidden = Directory.CreateDirectory(Path.Combine(folder.FullName, "..2026_01_05"));
        File.WriteAllText(Path.Combine(hidden.FullName, "token"), "secret");
        Directory.CreateSymbolicLink(Path.Combine(folder.FullName, "..data"), hidden.FullName);
        File.CreateSymbolicLink(Path.Combine(folder.FullName, "token"), Path.Combine("..data", "token"));
        SecretFolder.Read(folder.FullName, "X").ShouldHaveSingleItem().ShouldBe(KeyValuePair.Create("token", "secret"));
    }

    [Theory]
    [InlineData("one\n", "one")]
    [InlineData("one\r\n", "one")]
    [InlineData("two\n\n", "two\n")]
    [InlineData(" kept ", " kept ")]
    [InlineData("", "")]
    public void One_line_end_is_not_part_of_a_value(string written, string read) =>
        SecretFolder.Read(Write("key", written), "X")["key"].ShouldBe(read);

    public static TheoryData<string, string?, string> Mistakes => new()
    {
        { "KOMBO_RUN", null, "variable KOMBO_RUN is not set" },
        { "KOMBO_RUN", "{\"runId\": \"x\"", "variable KOMBO_RUN is not the JSON of a run (at $" },
        { "KOMBO_RUN", "{\"runId\": \"x\"}", "variable KOMBO_RUN is not the JSON of a run" },
        { "KOMBO_RUN", "null", "variable KOMBO_RUN holds null" },
        { "KOMBO_DATABASE_CONNECTION", null, "no database is configured: mount the Secret kombo-database" },
        { "KOMBO_DATABASE_CONNECTION", "", "no database is configured: mount the Secret kombo-database" },
        { "KOMBO_CREDENTIALS", "/nowhere/at/all", "folder /nowhere/at/all of variable KOMBO_CREDENTIALS cannot be read: mount the Secret" },
        { "KOMBO_LEASE_SECONDS", "soon", "variable KOMBO_LEASE_SECONDS is not a number of seconds" },
        { "KOMBO_LEASE_SECONDS", "0", "variable KOMBO_LEASE_SECONDS is not a number of seconds" },
        { "KOMBO_DATABASE_WAIT_SECONDS", "-1", "variable KOMBO_DATABASE_WAIT_SECONDS is not a number of seconds" },
        { "KOMBO_SOURCE_RETRIES", "often", "variable KOMBO_SOURCE_RETRIES is not a number from 0 to 20" },
        { "KOMBO_SOURCE_RETRIES", "21", "variable KOMBO_SOURCE_RETRIES is not a number from 0 to 20" },
        { "KOMBO_ALLOWED_HOSTS", "10.0.0.0/99", "variable KOMBO_ALLOWED_HOSTS: \"10.0.0.0/99\" is neither" },
    };

    [Theory, MemberData(nameof(Mistakes))]
    public void A_mistake_is_named_with_its_remedy(string variable, string? value, string expected)
    {
        variables[variable] = value;
        Should.Throw<WorkerConfigurationException>(Read).Message.ShouldStartWith(expected);
    }

    [Fact]
    public void A_secret_without_the_key_is_named()
    {
        variables["KOMBO_DATABASE_CONNECTION"] = null;
        variables["KOMBO_DATABASE"] = Write("url", "postgres://…");
        Should.Throw<WorkerConfigurationException>(Read).Message.ShouldContain("has no key connectionString");
    }

    WorkerSettings Read() => new SettingsReader(name => variables.GetValueOrDefault(name)).Read();

    string Write(string key, string value)
    {
        File.WriteAllText(Path.Combine(folder.FullName, key), value);
        return folder.FullName;
    }
}
