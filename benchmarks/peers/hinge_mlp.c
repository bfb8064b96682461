/* Forward and backward of a 2-16-16-1 relu network with the hinge loss, over rows of x1, x2, y:
 * what one writes by hand. The parameters are a neuron's weights, then its bias, neuron by neuron.
 * Adds the sum of the rows' gradients to `gradient`, and writes each row's loss. */

#define IN 2
#define HIDDEN 16

static void layer(int n_in, const double *restrict p, const double *restrict x, double *restrict out)
{
    for (int i = 0; i < HIDDEN; i++) {
        const double *w = p + i * (n_in + 1);
        double z = w[n_in];
        for (int j = 0; j < n_in; j++)
            z += w[j] * x[j];
        out[i] = z > 0.0 ? z : 0.0;
    }
}

static void layer_backward(int n_in, const double *restrict p, const double *restrict x,
                           const double *restrict out, const double *restrict d_out,
                           double *restrict gradient, double *restrict d_x)
{
    for (int j = 0; j < n_in; j++)
        d_x[j] = 0.0;
    for (int i = 0; i < HIDDEN; i++) {
        const double *w = p + i * (n_in + 1);
        double *g = gradient + i * (n_in + 1);
        double d_z = out[i] > 0.0 ? d_out[i] : 0.0;
        for (int j = 0; j < n_in; j++) {
            g[j] += d_z * x[j];
            d_x[j] += d_z * w[j];
        }
        g[n_in] += d_z;
    }
}

void hinge_mlp(long n, const double *rows, const double *parameters, double *losses, double *gradient)
{
    const double *p1 = parameters, *p2 = p1 + HIDDEN * (IN + 1), *p3 = p2 + HIDDEN * (HIDDEN + 1);
    double *g1 = gradient, *g2 = g1 + HIDDEN * (IN + 1), *g3 = g2 + HIDDEN * (HIDDEN + 1);
    for (long r = 0; r < n; r++) {
        const double *x = rows + 3 * r, y = x[2];
        double h1[HIDDEN], h2[HIDDEN], d_h1[HIDDEN], d_h2[HIDDEN], d_x[IN];
        layer(IN, p1, x, h1);
        layer(HIDDEN, p2, h1, h2);
        double score = p3[HIDDEN];
        for (int j = 0; j < HIDDEN; j++)
            score += p3[j] * h2[j];
        double margin = 1.0 - y * score;
        losses[r] = margin > 0.0 ? margin : 0.0;

        double d_score = margin > 0.0 ? -y : 0.0;
        for (int j = 0; j < HIDDEN; j++) {
            g3[j] += d_score * h2[j];
            d_h2[j] = d_score * p3[j];
        }
        g3[HIDDEN] += d_score;
        layer_backward(HIDDEN, p2, h1, h2, d_h2, g2, d_h1);
        layer_backward(IN, p1, x, h1, d_h1, g1, d_x);
    }
}
