using PurchaseLimits.Web;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

var builder = WebApplication.CreateBuilder(args);

builder.Services.AddStore(
    builder.Configuration.GetConnectionString("Store")!,
    builder.Configuration.GetConnectionString("Admin")!);
builder.Services.AddAccounts(builder.Environment.IsDevelopment());
builder.Services.AddRouting(options => options.LowercaseUrls = true);
builder.Services.AddRazorPages(options =>
    {
        options.Conventions.AuthorizeFolder("/Admin", AccountServices.AdminsOnly);
    })
    .AddMvcOptions(options => options.Filters.Add<ReadableTextFilter>());
builder.WebHost.ConfigureKestrel(options =>
{
    options.AddServerHeader = false;
    options.Limits.MaxRequestBodySize = RequestLimits.MaxBodySize;
});

var app = builder.Build();
app.UseSecurityHeaders();
app.UseExceptionHandler(new ExceptionHandlerOptions
{
    ExceptionHandlingPath = "/error",
    StatusCodeSelector = exception => (exception as BadHttpRequestException)?.StatusCode ?? StatusCodes.Status500InternalServerError,
});
app.UseStatusCodePagesWithReExecute("/status/{0}");
app.UseRequestLimits();
if (!app.Environment.IsDevelopment())
{
    app.UseHsts();
    app.UseHttpsRedirection();
}

app.UseRouting();
app.UseAuthentication();
app.UseAuthorization();
app.MapStaticAssets().AllowAnonymous();
app.MapRazorPages().WithStaticAssets();
app.Run();
