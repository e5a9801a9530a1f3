using System.Net;
using Kombo.Connectors.Http;

namespace Kombo.Connectors.Tests.Http;

public sealed class AddressGuardTests
{
    public static TheoryData<string, bool> Addresses => new()
    {
        { "93.184.215.14", true },
        { "8.8.8.8", true },
        { "172.15.255.255", true },
        { "172.32.0.1", true },
        { "2606:4700::1111", true },
        { "127.0.0.1", false },
        { "127.255.255.254", false },
        { "0.0.0.0", false },
        { "10.1.2.3", false },
        { "172.16.0.1", false },
        { "172.31.255.255", false },
        { "192.168.1.1", false },
        { "169.254.169.254", false },
        { "100.64.0.1", false },
        { "100.127.255.255", false },
        { "192.0.0.192", false },
        { "198.18.0.1", false },
        { "203.0.113.7", false },
        { "224.0.0.1", false },
        { "255.255.255.255", false },
        { "::1", false },
        { "::", false },
        { "::ffff:127.0.0.1", false },
        { "::ffff:10.0.0.1", false },
        { "::ffff:8.8.8.8", true },
        { "::127.0.0.1", false },
        { "64:ff9b::a00:1", false },
        { "fe80::1", false },
        { "fc00::1", false },
        { "fd00:ec2::254", false },
        { "ff02::1", false },
        { "2001:db8::1", false },
        { "2002:7f00:1::", false },
        { "2001::1", false },
    };

    [Theory, MemberData(nameof(Addresses))]
    public void Only_public_addresses_are_reached(string address, bool isPublic) =>
        (Refusal(AddressPolicy.PublicOnly, "https", "hr.example", address) is null).ShouldBe(isPublic, address);

    public static TheoryData<string, string, string, string, bool> Exceptions => new()
    {
        { "", "https", "hr.example", "8.8.8.8", true },
        { "", "http", "hr.example", "8.8.8.8", false },
        { "hr.example", "http", "hr.example", "8.8.8.8", true },
        { "hr.example", "http", "HR.Example.", "10.0.0.1", true },
        { "hr.example", "https", "evil.hr.example", "10.0.0.1", false },
        { "hr.example", "https", "xhr.example", "10.0.0.1", false },
        { "10.0.0.0/8", "http", "intern.example", "10.9.9.9", true },
        { "10.0.0.0/8", "http", "intern.example", "::ffff:10.9.9.9", true },
        { "10.0.0.0/8", "https", "intern.example", "192.168.0.1", false },
        { "127.0.0.1", "http", "127.0.0.1", "127.0.0.1", true },
        { "127.0.0.1", "http", "127.0.0.2", "127.0.0.2", false },
        { "fd00::/8, a.example ,b.example", "http", "b.example", "fd00::1", true },
        { "localhost,127.0.0.0/8", "http", "localhost", "127.0.0.1", true },
    };

    [Theory, MemberData(nameof(Exceptions))]
    public void The_operator_can_permit_hosts_and_networks(string allowed, string scheme, string host, string address, bool isReached) =>
        (Refusal(AddressPolicy.Parse(allowed), scheme, host, address) is null).ShouldBe(isReached);

    [Theory]
    [InlineData("10.0.0.0/99")]
    [InlineData("http://a.example")]
    [InlineData("a b")]
    [InlineData("*.example")]
    public void An_entry_that_is_neither_host_nor_network_is_refused(string allowed) =>
        Should.Throw<FormatException>(() => AddressPolicy.Parse(allowed)).Message.ShouldContain(allowed);

    [Fact]
    public async Task A_name_is_refused_if_any_of_its_addresses_is()
    {
        var guard = new AddressGuard(AddressPolicy.PublicOnly, (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("8.8.8.8"), IPAddress.Loopback]));
        using var http = new HttpClient(new SocketsHttpHandler { ConnectCallback = guard.ConnectAsync });
        var error = await Should.ThrowAsync<HttpRequestException>(() => http.GetAsync("https://rebound.example/"));
        error.InnerException.ShouldBeOfType<SourceException>().Kind.ShouldBe(SourceFailure.BlockedAddress);
    }

    [Fact]
    public async Task A_session_without_exceptions_reaches_no_loopback()
    {
        await using var source = await TestSource.StartAsync(TestSource.Json("[]"));
        await using var session = TestSession.Open(
            new TestDefinition().Load(), source.Url, TestSession.Settings with { AllowedHosts = AddressPolicy.PublicOnly });
        var error = await Should.ThrowAsync<SourceException>(() => session.ReadAllAsync());
        error.Kind.ShouldBe(SourceFailure.BlockedAddress);
        source.Asked.ShouldBeEmpty();
    }

    static string? Refusal(AddressPolicy policy, string scheme, string host, string address) =>
        new AddressGuard(policy, (_, _) => Task.FromResult<IPAddress[]>([])).Refusal(scheme, host, IPAddress.Parse(address));
}
