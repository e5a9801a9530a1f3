using Kombo.Kubernetes.Http;
using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes.Tests.Http;

public sealed class RequestAddressTests
{
    static readonly KubernetesEntityAttribute Job = KubernetesEntityAttribute.Of<V1Job>();
    static readonly KubernetesEntityAttribute Pod = KubernetesEntityAttribute.Of<V1Pod>();

    [Fact]
    public void Objects_and_collections_have_their_places()
    {
        RequestAddress.Collection(Pod, null).ShouldBe("api/v1/pods");
        RequestAddress.Collection(Job, "home").ShouldBe("apis/batch/v1/namespaces/home/jobs");
        RequestAddress.Object(Job, "home", "a", "status").ShouldBe("apis/batch/v1/namespaces/home/jobs/a/status");
        RequestAddress.Object(Job, "../x", "a/b?c").ShouldBe("apis/batch/v1/namespaces/..%2Fx/jobs/a%2Fb%3Fc");
    }

    [Fact]
    public void An_object_without_a_name_has_no_place() =>
        Should.Throw<ArgumentException>(() => RequestAddress.Object(Job, "home", "")); // it would be the whole collection

    [Fact]
    public void Options_become_a_query()
    {
        RequestAddress.List("c", new ListOptions("a=b,c in (d)", null, 500)).ShouldBe("c?labelSelector=a%3Db%2Cc%20in%20%28d%29&limit=500");
        RequestAddress.List("c", new ListOptions(ResourceVersion: "5", Continue: "x")).ShouldBe("c?continue=x");
        RequestAddress.Watch("c", new WatchOptions(ResourceVersion: "5", Timeout: TimeSpan.FromMinutes(5)))
            .ShouldBe("c?watch=true&allowWatchBookmarks=true&resourceVersion=5&timeoutSeconds=300");
        RequestAddress.Patch("c", new PatchOptions("me", Force: true)).ShouldBe("c?fieldManager=me&force=true");
    }
}
